import type { Tensor } from "@clidim/tensor";

/** A value over training: a function of the number of steps already done, an f32 scalar (0 for the first step). */
export type Schedule = (step: Tensor) => Tensor;
