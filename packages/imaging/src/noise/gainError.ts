import type { SignalVariance, VarianceLine } from "./varianceLine.js";

/**
 * The standard error of the gain of a line through variances, grey values: that of weighted least squares, `sum of (w_i (x_i - x) s_i)^2 / (sum of w_i (x_i - x)^2)^2` under the root, with weights relative to the line and the error s_i of a variance in
 * proportion to it. `relative` is what is expected of that part, where the scatter of the line is not more. Infinite for points of one signal.
 */
export function gainError(points: readonly SignalVariance[], line: VarianceLine, relative: number): number {
  const used = points.flatMap(({ signal, variance, weight }) => {
    // Where the line is below 0, the variances themselves.
    const at = Math.max(line.gain * signal + line.offset, variance / 2);
    return weight > 0 && at > 0 ? [{ signal, at, weight: weight / at ** 2 }] : [];
  });
  const all = used.reduce((sum, { weight }) => sum + weight, 0);
  const middle = used.reduce((sum, { signal, weight }) => sum + weight * signal, 0) / all;
  const spread = used.reduce((sum, { signal, weight }) => sum + weight * (signal - middle) ** 2, 0);
  const error = Math.max(relative, line.scatter);
  const squares = used.reduce(
    (sum, { signal, at, weight }) => sum + (weight * (signal - middle) * error * at) ** 2,
    0,
  );
  return spread > 0 ? Math.sqrt(squares) / spread : Number.POSITIVE_INFINITY;
}
