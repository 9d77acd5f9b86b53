import { type Plane, sizeText } from "../image/image.js";
import { checkSameSize, dataRange } from "./range.js";

const TAPS = 7;

/**
 * The SSIM that the authors' released evaluation code prints, with its fault: the columns of a page are taken for colour channels
 * (`multichannel=True` on a grey page in scikit-image), so that it is the mean over the columns of a one-dimensional SSIM with
 * a window of 7 x 1 pixels and sample covariance (7/6). To understand published tables; use `ssim` to measure.
 */
export function ssimAsReleased(prediction: Plane, clean: Plane): number {
  const op = "ssimAsReleased";
  checkSameSize(op, prediction, clean);
  const { width, height } = clean;
  if (height < TAPS)
    throw new Error(`${op}: expected pages at least ${TAPS} pixels high, got ${sizeText(clean)}`);
  const range = dataRange(op, clean);
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  const shift = clean.data[0]!; // keeps x^2 - mean^2 exact on large offsets
  let total = 0;
  for (let top = 0; top <= height - TAPS; top++) {
    for (let column = 0; column < width; column++) {
      let x = 0;
      let y = 0;
      let xx = 0;
      let yy = 0;
      let xy = 0;
      for (let k = 0; k < TAPS; k++) {
        const at = (top + k) * width + column;
        const a = prediction.data[at]! - shift;
        const b = clean.data[at]! - shift;
        x += a / TAPS;
        y += b / TAPS;
        xx += (a * a) / TAPS;
        yy += (b * b) / TAPS;
        xy += (a * b) / TAPS;
      }
      const sample = TAPS / (TAPS - 1);
      const vx = sample * (xx - x * x);
      const vy = sample * (yy - y * y);
      const vxy = sample * (xy - x * y);
      const mx = x + shift;
      const my = y + shift;
      total += ((2 * mx * my + c1) * (2 * vxy + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
  }
  return total / (width * (height - TAPS + 1));
}
