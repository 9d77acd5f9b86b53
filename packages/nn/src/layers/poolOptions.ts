import type { PoolOptions } from "@clidim/tensor";
import {
  type Accepted,
  type AcceptedOptions,
  flag,
  lengthFrom,
  pairFrom,
  required,
  tripleFrom,
} from "../checkOptions.js";
import type { SpatialRank } from "./images.js";

/** One whole number for all of `rank` directions, or one each. */
export const extentsFrom = (rank: SpatialRank, least: number): Accepted =>
  ({ 1: lengthFrom, 2: pairFrom, 3: tripleFrom })[rank](least);

/** What the options of a pooling of `rank` directions may be. */
export const poolOptions = <Extents extends readonly number[]>(
  rank: SpatialRank,
): AcceptedOptions<PoolOptions<Extents>> => ({
  kernel: required(extentsFrom(rank, 1)),
  stride: extentsFrom(rank, 1),
  padding: extentsFrom(rank, 0),
  ceilMode: flag,
});
