import type { Image, Plane } from "./image.js";

/** Mean of pages of equal size, accumulated in float64 and kept in float32 (the ground truth of a repeated capture). */
export function meanImage(pages: readonly Plane[]): Image<"float32"> {
  const first = pages[0];
  if (!first) throw new Error("meanImage: expected at least one page, got none");
  const sum = new Float64Array(first.data.length);
  for (const page of pages) {
    if (page.width !== first.width || page.height !== first.height) {
      throw new Error(
        `meanImage: pages differ in size (${first.width} x ${first.height} and ${page.width} x ${page.height})`,
      );
    }
    const { data } = page;
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
  }
  const mean = new Float32Array(sum.length);
  for (let i = 0; i < sum.length; i++) mean[i] = sum[i]! / pages.length;
  return { width: first.width, height: first.height, dtype: "float32", data: mean };
}
