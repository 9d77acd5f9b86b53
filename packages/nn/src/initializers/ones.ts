import { ones as filled } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

export const ones: Initializer = (_key, shape) => filled(shape);
