import { full } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

/** Every element is `value`. */
export const constant =
  (value: number): Initializer =>
  (_key, shape) =>
    full(shape, value);
