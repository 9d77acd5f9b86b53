import type { Plane } from "../image/image.js";

/** A grey value and what part of the pixels has it. */
export interface GreyEnd {
  readonly value: number;
  readonly part: number;
}

/** Finds the lowest and the highest grey value of pages, what part of all pixels has them (many, where they are clipped), and whether all grey values are whole numbers. */
export class GreyEnds {
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #atLow = 0;
  #atHigh = 0;
  #pixels = 0;
  #whole = true;

  add(data: Plane["data"]): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      if (value < this.#low) [this.#low, this.#atLow] = [value, 0];
      if (value > this.#high) [this.#high, this.#atHigh] = [value, 0];
      if (this.#whole && !Number.isInteger(value)) this.#whole = false;
      if (value === this.#low) this.#atLow++;
      if (value === this.#high) this.#atHigh++;
    }
    this.#pixels += data.length;
  }

  /** The lowest grey value so far, infinite before the first page. */
  get low(): number {
    return this.#low;
  }

  /** Of at least one page. */
  finish(): { readonly lowest: GreyEnd; readonly highest: GreyEnd; readonly whole: boolean } {
    return {
      lowest: { value: this.#low, part: this.#atLow / this.#pixels },
      highest: { value: this.#high, part: this.#atHigh / this.#pixels },
      whole: this.#whole,
    };
  }
}
