import { uniform as draw } from "@clidim/tensor";
import { checkOptions, finite } from "../checkOptions.js";
import type { Initializer } from "./initializer.js";

export interface UniformOptions {
  /** Default 0. */
  readonly low?: number;
  /** Default 1; not included. */
  readonly high?: number;
}

/** U(low, high). */
export function uniform(options: UniformOptions = {}): Initializer {
  checkOptions("uniform", options, { low: finite, high: finite });
  const { low = 0, high = 1 } = options;
  return (key, shape) => draw(key, shape, { low, high });
}
