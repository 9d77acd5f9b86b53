import { fromFunction } from "@clidim/imaging";

/** Mean and standard deviation of images that come one after the other (Welford 1962), float64. */
export class RunningMoments {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.#mean = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  add(image: ArrayLike<number>): void {
    if (image.length !== this.#mean.length) {
      throw new Error(`RunningMoments: expected images of ${this.#mean.length} values, got ${image.length}`);
    }
    this.#count++;
    for (let i = 0; i < image.length; i++) {
      const difference = image[i]! - this.#mean[i]!;
      this.#mean[i]! += difference / this.#count;
      this.#squares[i]! += difference * (image[i]! - this.#mean[i]!);
    }
  }

  mean(): Float32Array {
    return Float32Array.from(this.#mean);
  }

  /** Of the sample, with n - 1; 0 for a single image. */
  deviation(): Float32Array {
    const freedom = Math.max(1, this.#count - 1);
    return fromFunction(new Float32Array(this.#squares.length), (i) =>
      Math.sqrt(this.#squares[i]! / freedom),
    );
  }
}
