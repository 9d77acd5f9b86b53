import { type BlockTransform, biorthogonal, cosine } from "./blockTransform.js";

/** How blocks are grouped in one of the two stages. */
export interface Grouping {
  /** Of blocks, pixels. */
  readonly side: number;
  /** From one reference block to the next, pixels. */
  readonly step: number;
  /** Blocks of a group at most, a power of 2. */
  readonly most: number;
  /** How far from the reference block others are looked for, to each side, pixels. */
  readonly reach: number;
  /** Blocks belong to a group whose mean squared difference from its reference block is less, in grey values of an image from 0 to 255. */
  readonly difference: number;
}

/** The constants of both stages. */
export interface Profile {
  readonly hard: Grouping & {
    /** Coefficients below so many standard deviations of the noise are dropped. */
    readonly threshold: number;
    readonly transform: BlockTransform;
  };
  readonly wiener: Grouping & { readonly transform: BlockTransform };
}

/** The shape of the Kaiser windows that blocks are summed up with. */
export const KAISER_BETA = 2;

/** The profile `np` of the authors' release (BM3D 2.01). */
const normal: Profile = {
  hard: {
    side: 8,
    step: 3,
    most: 16,
    reach: 19,
    difference: 3000,
    threshold: 2.7,
    transform: biorthogonal(8),
  },
  wiener: { side: 8, step: 3, most: 32, reach: 19, difference: 400, transform: cosine(8) },
};

/** Its profile `vn`, for much noise (Hou, Zhao, Yang and Cheng 2011). */
const veryNoisy: Profile = {
  hard: { ...normal.hard, step: 4, most: 32, difference: 25000, threshold: 2.8 },
  wiener: { side: 11, step: 6, most: 32, reach: 19, difference: 3500, transform: cosine(11) },
};

/** Of noise of a standard deviation in grey values of an image from 0 to 255. */
export function profileFor(sigma: number): Profile {
  return sigma > 40 ? veryNoisy : normal;
}
