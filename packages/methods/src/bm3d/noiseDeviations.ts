import type { NoiseCorrelation } from "@clidim/imaging";
import type { BlockTransform } from "./blockTransform.js";

/** The least deviation that is thought of: an estimated correlation may leave a coefficient less than none. */
const LEAST = 0.05;

/**
 * [side * side]: the standard deviation of each coefficient of a block of noise of standard deviation 1 that pixels share as `correlation` says; 1 of white noise. With the rows t_k of the transform: of the coefficient k, l
 * `sum over y, y', x, x' of t_k(y) t_k(y') t_l(x) t_l(x') correlation(x - x', y - y')` (Makinen, Azzari and Foi 2020). Blocks of a group are taken for distinct, with noise of their own.
 */
export function noiseDeviations(
  { side, forward }: BlockTransform,
  correlation?: NoiseCorrelation,
): Float64Array {
  const deviations = new Float64Array(side * side).fill(1);
  if (!correlation) return deviations;
  const { near, reach, rows, columns } = correlation;
  const span = 2 * reach + 1;
  // [side, span]: of each row of the transform, its products with itself moved by up to `reach`.
  const own = Float64Array.from({ length: side * span }, (_, at) => {
    const [k, shift] = [Math.floor(at / span), (at % span) - reach];
    let sum = 0;
    for (let i = Math.max(0, -shift); i < Math.min(side, side - shift); i++) {
      sum += forward[k * side + i]! * forward[k * side + i + shift]!;
    }
    return sum;
  });
  const totals = Float64Array.from({ length: side }, (_, k) =>
    forward.subarray(k * side, (k + 1) * side).reduce((sum, value) => sum + value, 0),
  );
  for (let k = 0; k < side; k++) {
    for (let l = 0; l < side; l++) {
      let variance = rows * totals[l]! ** 2 + columns * totals[k]! ** 2;
      for (let i = 0; i < near.length; i++) {
        variance += near[i]! * own[k * span + Math.floor(i / span)]! * own[l * span + (i % span)]!;
      }
      deviations[k * side + l] = Math.max(LEAST, Math.sqrt(Math.max(0, variance)));
    }
  }
  return deviations;
}
