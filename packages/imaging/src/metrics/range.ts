import { type Plane, sizeText } from "../image/image.js";

/** max - min of the clean page, the peak of PSNR and the data range of SSIM; a constant page is an error. */
export function dataRange(op: string, clean: Plane): number {
  const { data } = clean;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!(max > min)) {
    throw new Error(
      `${op}: expected a clean page with contrast, but every pixel is ${min} (${sizeText(clean)})`,
    );
  }
  return max - min;
}

export function checkSameSize(op: string, prediction: Plane, clean: Plane): void {
  if (prediction.width !== clean.width || prediction.height !== clean.height) {
    throw new Error(
      `${op}: prediction and clean page differ in size (${sizeText(prediction)} and ${sizeText(clean)})`,
    );
  }
}
