import type { Extents2d, PoolOptions } from "@clidim/tensor";
import { type AcceptedOptions, flag, pairFrom, required } from "../checkOptions.js";

/** What the options of a pooling may be. */
export const poolOptions: AcceptedOptions<PoolOptions<Extents2d>> = {
  kernel: required(pairFrom(1)),
  stride: pairFrom(1),
  padding: pairFrom(0),
  ceilMode: flag,
};
