import { zeros as filled } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

/** Every element is 0. */
export const zeros: Initializer = (_key, shape) => filled(shape);
