import { INTEGER_RANGES, type PixelType, type Plane, rint } from "@clidim/imaging";

/** So much of the light may be gained or lost unsaid. */
const LIGHT = 0.01;

/** So many of the result's own variance may its rounding add unsaid: a quarter, that of pixels which vary by 0.58 grey values (a step has a variance of 1/12). */
const VARIANCE = 1 / 4;

/** A result that varies by less than so much of its mean is of a single value but for what float32 rounds: it has nothing to lose. */
const CONSTANT = 2 ** -23;

/**
 * What is lost where denoised pixels become integers: of images of few counts, whose noise alone reached the next integer, it may be all. Sums over the pixels of a file: of the light, and of the squares that tell how far the result varies and how far it is
 * changed. Those that are missing are none of it.
 */
export class RoundingLoss {
  readonly #dtype: Exclude<PixelType, "float32">;
  #count = 0;
  /** The first pixel, from which moments are taken, so that they are exact where all are far from 0. */
  #origin: number | undefined;
  #sum = 0;
  #squares = 0;
  #light = 0;
  #change = 0;
  #error = 0;

  constructor(dtype: Exclude<PixelType, "float32">) {
    this.#dtype = dtype;
  }

  add({ data }: Pick<Plane, "data">): void {
    const [low, high] = INTEGER_RANGES[this.#dtype];
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      if (!Number.isFinite(value)) continue;
      this.#origin ??= value;
      const away = value - this.#origin;
      const change = Math.min(high, Math.max(low, rint(value))) - value;
      this.#count++;
      this.#sum += away;
      this.#squares += away ** 2;
      this.#light += Math.abs(value);
      this.#change += change;
      this.#error += change ** 2;
    }
  }

  /** What is to be said of it; undefined where little is lost. */
  sentence(name: string): string | undefined {
    const variance = this.#squares / this.#count - (this.#sum / this.#count) ** 2;
    const error = this.#error / this.#count;
    const light = Math.abs(this.#change) > LIGHT * this.#light;
    const varies = variance > (CONSTANT * (this.#light / this.#count)) ** 2;
    if (!light && !(varies && error > VARIANCE * variance)) return undefined;
    const rounding = `${name}: rounding to whole grey values (${this.#dtype})`;
    const advice = "float32 keeps that: write the result so (dtype), or give the image as 32-bit floats";
    if (light) {
      const percent = Number(((100 * Math.abs(this.#change)) / this.#light).toPrecision(2));
      return `${rounding} ${this.#change < 0 ? "takes" : "adds"} ${percent} % of the result's light, the sum of its pixels; ${advice}`;
    }
    const [step, spread] = [error, variance].map((one) => Number(Math.sqrt(one).toPrecision(2)));
    return `${rounding} changes the result by ${step} on average, which varies by ${spread} (standard deviations); ${advice}`;
  }
}
