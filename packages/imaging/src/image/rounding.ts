import { InputError } from "./inputError.js";

/** Rounding is refused where its steps, by their standard deviation, are coarser than this part of that of the values: 8 bits per pixel would tell more apart. */
const COARSEST = 1 / 256;

/** Differences smaller than this part of the values are float64's own rounding, and no contrast. */
const CONSTANT = 2 ** -40;

/** How float64 values compare with the float32 ones that they are rounded to. */
export class Rounding {
  /** Sums are of differences from the first value, so that they are exact enough whatever the offset. */
  #origin = Number.NaN;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #errors = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    if (this.#count === 0) this.#origin = value;
    const difference = value - this.#origin;
    this.#count++;
    this.#sum += difference;
    this.#squares += difference * difference;
    this.#errors += (value - Math.fround(value)) ** 2;
  }

  merge(other: Rounding): void {
    if (other.#count === 0) return;
    if (this.#count === 0) this.#origin = other.#origin;
    const shift = other.#origin - this.#origin;
    this.#count += other.#count;
    this.#squares += other.#squares + shift * (2 * other.#sum + other.#count * shift);
    this.#sum += other.#sum + other.#count * shift;
    this.#errors += other.#errors;
  }

  /** What is wrong, in words that follow the name of a page; undefined where float32 holds the contrast. */
  get sentence(): string | undefined {
    if (this.#count === 0) return undefined;
    const mean = this.#sum / this.#count;
    const deviation = Math.sqrt(Math.max(0, this.#squares / this.#count - mean * mean));
    const middle = this.#origin + mean;
    if (deviation <= CONSTANT * Math.abs(middle)) return undefined;
    if (Math.sqrt(this.#errors / this.#count) <= COARSEST * deviation) return undefined;
    const unit = 10 ** Math.ceil(Math.log10(deviation));
    const offset = Number((Math.round(middle / unit) * unit).toPrecision(15));
    return (
      `has 64-bit floats around ${offset} whose standard deviation is ${Number(deviation.toPrecision(3))}, of which float32, as what pixels are read, ` +
      `keeps steps of ${float32Step(middle)}; subtract ${offset} first`
    );
  }
}

/** The distance between float32 numbers around a value: 24 bits of mantissa. */
const float32Step = (value: number): number => 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23);

/** The rounding of the pages of a file: judged once as many pixels of a page were read as it has, as a part of it may be flat. */
export class PageRoundings {
  readonly #pages = new Map<string, { readonly rounding: Rounding; pixels: number }>();

  /** Adds so many pixels of a page. An `InputError` where float32 does not hold the contrast of the page; `title` is what it is called. */
  add(page: string, title: string, rounding: Rounding, pixels: number, area: number): void {
    const seen = this.#pages.get(page) ?? { rounding: new Rounding(), pixels: 0 };
    this.#pages.set(page, seen);
    // What was judged is not judged again.
    if (seen.pixels >= area && seen.rounding.sentence === undefined) return;
    seen.rounding.merge(rounding);
    seen.pixels += pixels;
    const sentence = seen.pixels >= area ? seen.rounding.sentence : undefined;
    if (sentence !== undefined) throw new InputError(`${title} ${sentence}`);
  }
}
