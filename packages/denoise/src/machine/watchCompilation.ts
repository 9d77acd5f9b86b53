import { type Compilation, Device } from "@clidim/tensor";
import type { Computer } from "./adapter.js";

/** Calls `onCompile` as kernels are compiled, where that takes its time, until what is returned is called. */
export const watchCompilation = (
  device: Computer,
  onCompile: ((compilation: Compilation) => void) | undefined,
): (() => void) => (onCompile && device instanceof Device ? device.watchCompilation(onCompile) : () => {});
