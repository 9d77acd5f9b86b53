import type { Pool2dOptions } from "@clidim/tensor";
import { type AcceptedOptions, pairFrom, required } from "../checkOptions.js";

/** What the options of a pooling may be. */
export const poolOptions: AcceptedOptions<Pool2dOptions> = {
  kernel: required(pairFrom(1)),
  stride: pairFrom(1),
  padding: pairFrom(0),
};
