import { zeros as filled } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

export const zeros: Initializer = (_key, shape) => filled(shape);
