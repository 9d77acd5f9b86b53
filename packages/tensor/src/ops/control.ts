import { apply, type Tensor } from "../tensor.js";

/** `x`, as a constant to differentiation. */
export const stopGradient = (x: Tensor): Tensor => apply("stopGradient", [x], {});
