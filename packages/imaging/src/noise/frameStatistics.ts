import type { Plane } from "../image/image.js";
import { type GreyEnd, GreyEnds } from "./greyEnds.js";

/** What frames of one still scene say of each pixel. */
export interface FrameStatistics {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Mean of each pixel over the frames. */
  readonly mean: Float64Array;
  /** Variance of each pixel over the frames, unbiased. */
  readonly variance: Float64Array;
  /** Half the mean squared difference between a pixel and itself one frame later: the variance of the noise where the scene changes slowly beside it. */
  readonly successive: Float64Array;
  /** The part of the frames in which each pixel has the lowest grey value of all. */
  readonly atLowest: Float64Array;
  /** Mean grey value of each frame. */
  readonly brightness: readonly number[];
  /** The lowest and the highest grey value of all frames, and what part of all pixels of all frames has it. */
  readonly lowest: GreyEnd;
  readonly highest: GreyEnd;
  /** Whether all grey values of all frames are whole numbers. */
  readonly whole: boolean;
}

/** Takes frames of one scene in, one after the other, and holds sums of them. */
export class FrameAccumulator {
  readonly width: number;
  readonly height: number;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #differences: Float64Array;
  /** Of which sums are taken: squares of what remains lose nothing. */
  #first: Float64Array | undefined;
  #last: ArrayLike<number> | undefined;
  /** In how many frames each pixel has the lowest grey value so far. */
  readonly #atLowest: Float64Array;
  readonly #brightness: number[] = [];
  readonly #ends = new GreyEnds();

  constructor({ width, height }: Pick<Plane, "width" | "height">) {
    this.width = width;
    this.height = height;
    this.#sum = new Float64Array(width * height);
    this.#squares = new Float64Array(width * height);
    this.#differences = new Float64Array(width * height);
    this.#atLowest = new Float64Array(width * height);
  }

  /** A frame of the same size, all of whose pixels are numbers. */
  add({ width, height, data }: Plane): void {
    if (width !== this.width || height !== this.height) {
      throw new Error(
        `FrameAccumulator: expected frames of ${this.width} x ${this.height} pixels, got one of ${width} x ${height}`,
      );
    }
    this.#first ??= Float64Array.from(data);
    const before = this.#ends.low;
    this.#ends.add(data);
    const { low } = this.#ends;
    if (low < before) this.#atLowest.fill(0);
    let total = 0;
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      const beyond = value - this.#first[i]!;
      total += value;
      if (value === low) this.#atLowest[i]!++;
      this.#sum[i]! += beyond;
      this.#squares[i]! += beyond * beyond;
      if (this.#last) this.#differences[i]! += (value - this.#last[i]!) ** 2;
    }
    this.#brightness.push(total / data.length);
    this.#last = data;
  }

  /** Of at least two frames. */
  finish(): FrameStatistics {
    const frames = this.#brightness.length;
    const first = this.#first;
    if (!first || frames < 2) {
      throw new Error(`FrameAccumulator: expected at least 2 frames of a scene, got ${frames}`);
    }
    return {
      width: this.width,
      height: this.height,
      frames,
      mean: this.#sum.map((sum, i) => first[i]! + sum / frames),
      variance: this.#squares.map((square, i) => (square - this.#sum[i]! ** 2 / frames) / (frames - 1)),
      successive: this.#differences.map((sum) => sum / (2 * (frames - 1))),
      atLowest: this.#atLowest.map((count) => count / frames),
      brightness: this.#brightness,
      ...this.#ends.finish(),
    };
  }
}
