import { type Image, type Plane, sizeText } from "./image.js";
import type { LazyPage } from "./lazyPage.js";

/** The sum of pages of equal size, in float64. */
class PageSum {
  #size: { readonly width: number; readonly height: number } | undefined;
  #sum = new Float64Array();
  #count = 0;

  add(page: Plane): void {
    this.#size ??= { width: page.width, height: page.height };
    if (this.#count === 0) this.#sum = new Float64Array(page.data.length);
    if (page.width !== this.#size.width || page.height !== this.#size.height) {
      throw new Error(`meanImage: pages differ in size (${sizeText(this.#size)} and ${sizeText(page)})`);
    }
    const { data } = page;
    const sum = this.#sum;
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    this.#count++;
  }

  mean(): Image<"float32"> {
    if (!this.#size) throw new Error("meanImage: expected at least one page, got none");
    const mean = new Float32Array(this.#sum.length);
    for (let i = 0; i < mean.length; i++) mean[i] = this.#sum[i]! / this.#count;
    return { ...this.#size, dtype: "float32", data: mean };
  }
}

/** Mean of pages of equal size, accumulated in float64 and kept in float32 (the ground truth of a repeated capture). */
export function meanImage(pages: readonly Plane[]): Image<"float32"> {
  const sum = new PageSum();
  for (const page of pages) sum.add(page);
  return sum.mean();
}

/** `meanImage` of pages that are read one after the other, none held. */
export async function streamedMeanImage(pages: readonly LazyPage[]): Promise<Image<"float32">> {
  const sum = new PageSum();
  for (const page of pages) sum.add(await page.read());
  return sum.mean();
}
