import { ones as filled } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

/** Every element is 1. */
export const ones: Initializer = (_key, shape) => filled(shape);
