// A clean page as a capture saw it: where the clean page is the mean of captures between which the field drifted and the light changed, it is shifted against each of them and has another brightness. What is measured against it as it
// is says how near a result is to the mean of all captures, not to what it shows, and sharp results lose more of it than blurred ones.
import { fitUnits, gaussianBlur, symmetric } from "@clidim/imaging";

/** Sigma of the blur by which pages are compared, pixels, as of `fitUnits`. */
const SMOOTHED = 2;

/** The interpolation kernel, sinc times a wider sinc (Lanczos), reaches so many pixels. */
const REACH = 8;

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** A line of weights that moves by `shift` pixels: `out_i = sum_k weights_k in_(i + k - REACH)`. */
function kernel(shift) {
  const weights = Array.from({ length: 2 * REACH + 1 }, (_, k) => {
    const x = k - REACH + shift;
    return Math.abs(x) < REACH ? sinc(x) * sinc(x / REACH) : 0;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The page moved to the right and down, in pixels, also parts of them. Borders are mirrored. */
export function shifted({ width, height, data }, { x, y }) {
  const [across, down] = [kernel(x), kernel(y)];
  const rows = new Float64Array(width * height);
  const out = new Float64Array(width * height);
  for (let i = 0; i < rows.length; i++) {
    const [column, row] = [i % width, i - (i % width)];
    for (let k = 0; k < across.length; k++)
      rows[i] += across[k] * data[row + symmetric(column + k - REACH, width)];
  }
  for (let i = 0; i < out.length; i++) {
    const [column, row] = [i % width, Math.floor(i / width)];
    for (let k = 0; k < down.length; k++)
      out[i] += down[k] * rows[symmetric(row + k - REACH, height) * width + column];
  }
  return { width, height, data: out };
}

/** The truth moved and in the grey values in which it comes nearest to the noisy page, by least squares on smoothed pages (Gauss and Newton), and by how much it was moved. */
export function alignedTruth(truth, noisy) {
  const seen = gaussianBlur(noisy, SMOOTHED);
  const shift = { x: 0, y: 0 };
  let moved = truth;
  for (let round = 0; round < 4; round++) {
    const smooth = gaussianBlur(moved, SMOOTHED);
    const step = stepOf(smooth, seen);
    shift.x += step.x;
    shift.y += step.y;
    moved = shifted(truth, shift);
  }
  const { scale, offset } = fitUnits(noisy, moved);
  return { truth: { ...moved, data: moved.data.map((value) => scale * value + offset) }, shift, scale };
}

/** The shift by which `seen = a smooth(x - shift) + b` best to first order: a smooth + b - a shift grad(smooth). */
function stepOf({ width, height, data }, seen) {
  const normal = Array.from({ length: 4 }, () => new Float64Array(5));
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const row = [
        ...[data[i], 1, (data[i + 1] - data[i - 1]) / 2, (data[i + width] - data[i - width]) / 2],
        seen.data[i],
      ];
      for (let a = 0; a < 4; a++) for (let b = 0; b < 5; b++) normal[a][b] += row[a] * row[b];
    }
  }
  // Gaussian elimination: the matrix is symmetric and positive.
  for (let a = 0; a < 4; a++) {
    for (let other = 0; other < 4; other++) {
      if (other === a) continue;
      const factor = normal[other][a] / normal[a][a];
      for (let b = a; b < 5; b++) normal[other][b] -= factor * normal[a][b];
    }
  }
  const [a, , dx, dy] = normal.map((row, k) => row[4] / row[k]);
  return { x: -dx / a, y: -dy / a };
}
