import { uniform as draw } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

export interface UniformOptions {
  /** Default 0. */
  readonly low?: number;
  /** Default 1; not included. */
  readonly high?: number;
}

/** U(low, high). */
export const uniform =
  ({ low = 0, high = 1 }: UniformOptions = {}): Initializer =>
  (key, shape) =>
    draw(key, shape, { low, high });
