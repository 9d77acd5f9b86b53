import { type Affine, histogramDensity, leastDensity, type NoiseHistogram } from "@clidim/imaging";
import {
  add,
  cast,
  clip,
  div,
  floor,
  log,
  mul,
  stopGradient,
  sub,
  type Tensor,
  take,
  tensor,
} from "@clidim/tensor";

/** Whole grey values are the lower edges of bins: what rounding may take from them, in bins. */
const ROUNDING = 0.01;
/** PN2V's clamp: above each signal's row there is another. */
const LAST = 1e-3;

/**
 * log(p(x | s) + d) with p the density of a noise histogram (`histogramDensity`) and d its `leastDensity`, whose grey values `units` turns into network values: the bin of x as it is, the rows of the signals around s interpolated linearly. Its gradient in s is that of the
 * interpolation; in x it has none.
 */
export function histogramLogDensity(
  histogram: NoiseHistogram,
  { scale, offset }: Affine,
): (x: Tensor, s: Tensor) => Tensor {
  const { low, high, bins } = histogram;
  const width = (high - low) / bins;
  const density = histogramDensity(histogram);
  const edge = (bin: number): number => low + bin * width;
  // The last row cannot be asked for exactly; as it is interpolated, it follows from the middle of the last two.
  const row = (bin: number, column: number): number => {
    const x = edge(column + 0.5);
    if (bin < bins - 1) return density(x, edge(bin));
    return 2 * density(x, edge(bins - 1.5)) - density(x, edge(bins - 2));
  };
  const densities = Array.from({ length: bins * bins }, (_, i) => row(Math.floor(i / bins), i % bins));
  const least = leastDensity(densities.reduce((a, b) => Math.max(a, b), 0));
  const table = tensor(
    densities.map((value) => value + least),
    { dtype: "f32" },
  );
  const inBins = (values: Tensor): Tensor => div(sub(values, scale * low + offset), scale * width);
  return (x, s) => {
    const column = clip(floor(add(inBins(x), ROUNDING)), 0, bins - 1);
    const at = clip(inBins(s), 0, bins - 1 - LAST);
    const below = stopGradient(floor(at));
    const index = cast(add(mul(below, bins), column), "i32");
    const [lower, upper] = [take(table, index, 0), take(table, add(index, bins), 0)];
    return log(add(lower, mul(sub(at, below), sub(upper, lower))));
  };
}
