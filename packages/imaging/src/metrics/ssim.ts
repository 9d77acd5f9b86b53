import { type Plane, sizeText } from "../image/image.js";
import { checkSameSize, dataRange } from "./range.js";

/**
 * Structural similarity, scikit-image's default: 7 x 7 uniform window, sample covariance (49/48), K1 0.01, K2 0.03,
 * data range = max - min of the clean page, mean over the windows that lie inside the page. float64.
 */
export function ssim(prediction: Plane, clean: Plane): number {
  return meanSsim("ssim", prediction, clean, new Float64Array(7).fill(1 / 7), 49 / 48);
}

/**
 * Structural similarity as in Wang et al. 2004 (scikit-image with `gaussian_weights=True, sigma=1.5,
 * use_sample_covariance=False`): 11 x 11 Gaussian window, population covariance; otherwise as `ssim`.
 */
export function ssimGaussian(prediction: Plane, clean: Plane): number {
  const window = Float64Array.from({ length: 11 }, (_, i) => Math.exp(-0.5 * ((i - 5) / 1.5) ** 2));
  const sum = window.reduce((a, b) => a + b);
  return meanSsim(
    "ssimGaussian",
    prediction,
    clean,
    window.map((w) => w / sum),
    1,
  );
}

/** `covarianceScale` turns the window's second moments into the wanted (co)variances. */
function meanSsim(
  op: string,
  prediction: Plane,
  clean: Plane,
  window: Float64Array,
  covarianceScale: number,
): number {
  checkSameSize(op, prediction, clean);
  const { width, height } = clean;
  const taps = window.length;
  if (width < taps || height < taps) {
    throw new Error(`${op}: expected pages of at least ${taps} x ${taps} pixels, got ${sizeText(clean)}`);
  }
  const range = dataRange(op, clean);
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  const x = prediction.data;
  const y = clean.data;
  // Taking the clean page's first pixel off both changes no (co)variance and keeps x^2 - mean^2 exact on large offsets.
  const shift = y[0]!;

  // One row of windows at a time: moments summed over the window's rows, then over its columns.
  const mx = new Float64Array(width);
  const my = new Float64Array(width);
  const mxx = new Float64Array(width);
  const myy = new Float64Array(width);
  const mxy = new Float64Array(width);
  let total = 0;
  for (let top = 0; top <= height - taps; top++) {
    mx.fill(0);
    my.fill(0);
    mxx.fill(0);
    myy.fill(0);
    mxy.fill(0);
    for (let k = 0; k < taps; k++) {
      const weight = window[k]!;
      const row = (top + k) * width;
      for (let i = 0; i < width; i++) {
        const a = x[row + i]! - shift;
        const b = y[row + i]! - shift;
        const wa = weight * a;
        const wb = weight * b;
        mx[i]! += wa;
        my[i]! += wb;
        mxx[i]! += wa * a;
        myy[i]! += wb * b;
        mxy[i]! += wa * b;
      }
    }
    for (let left = 0; left <= width - taps; left++) {
      let ux = 0;
      let uy = 0;
      let uxx = 0;
      let uyy = 0;
      let uxy = 0;
      for (let k = 0; k < taps; k++) {
        const weight = window[k]!;
        ux += weight * mx[left + k]!;
        uy += weight * my[left + k]!;
        uxx += weight * mxx[left + k]!;
        uyy += weight * myy[left + k]!;
        uxy += weight * mxy[left + k]!;
      }
      const vx = covarianceScale * (uxx - ux * ux);
      const vy = covarianceScale * (uyy - uy * uy);
      const vxy = covarianceScale * (uxy - ux * uy);
      const px = ux + shift;
      const py = uy + shift;
      total += ((2 * px * py + c1) * (2 * vxy + c2)) / ((px * px + py * py + c1) * (vx + vy + c2));
    }
  }
  return total / ((height - taps + 1) * (width - taps + 1));
}
