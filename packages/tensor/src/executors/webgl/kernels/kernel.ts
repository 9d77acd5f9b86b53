/** A fragment shader that computes elements of textures from elements of others, and the numbers that it is given. */
export interface Kernel {
  /** What it computes, for errors and explanations. */
  readonly name: string;
  readonly text: string;
  /** The stored values that it reads, `s0` and so on: nodes, or parts (`partsBinding`). */
  readonly reads: readonly number[];
  /** Those that it writes, all of so many elements. */
  readonly writes: readonly number[];
  readonly elements: number;
  /** The uniform array `p`. */
  readonly words: Uint32Array;
  /** Roughly the operations of one element. */
  readonly workPerElement: number;
  /** The rows of texels that it writes, the first and the one after the last: by default all. */
  readonly rows?: readonly [first: number, end: number];
}

/** Textures that one kernel reads and writes at most: WebGL 2 has so many units for what is read everywhere. */
export const mostTextures = 16;

/** Those that it writes at most: the colour attachments that WebGL 2 has everywhere. */
export const mostWrites = 4;
