import { expectDType, normalizeAxis } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { isScalarAxis } from "./axes.js";
import { cast } from "./cast.js";
import { le } from "./comparison.js";
import { iota } from "./creation.js";
import { sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/** Elements whose prefixes are summed one by one, each by a loop of its own: longer axes are cut into blocks of so many. */
const block = 32;

/** extent^2 additions, in one kernel. */
function sumPrefixes(x: Tensor, axis: number): Tensor {
  const shape = x.shape.toSpliced(axis, 0, x.shape[axis]!);
  const withinPrefix = le(iota(shape, axis + 1), iota(shape, axis));
  return sum(where(withinPrefix, expandDims(x, axis), 0), axis + 1);
}

/**
 * Sums along `axis`, each element's the one up to and including it: NumPy's cumsum; of bools their numbers, i32. Takes about 32 additions per element and
 * one more kernel for each factor of 32 in the extent.
 */
export function cumsum(x: Tensor, axis: number): Tensor {
  expectDType("cumsum", "x", x, "any");
  if (isScalarAxis(x, axis)) return x.dtype === "bool" ? cast(x, "i32") : x;
  return cumulate(x.dtype === "bool" ? cast(x, "i32") : x, normalizeAxis("cumsum", axis, x.shape.length));
}

function cumulate(x: Tensor, axis: number): Tensor {
  const extent = x.shape[axis]!;
  if (extent <= 2 * block) return sumPrefixes(x, axis);
  const count = Math.ceil(extent / block);
  const blocks = reshape(
    padAxis(x, axis, 0, count * block - extent),
    x.shape.toSpliced(axis, 1, count, block),
  );
  const within = sumPrefixes(blocks, axis + 1);
  // The last sum of each block but the last, summed over the blocks before.
  const none = within.shape.map(() => 0);
  const totals = slice(within, none.with(axis + 1, block - 1), within.shape.with(axis, count - 1));
  const before = padAxis(cumulate(totals, axis), axis, 1, 0);
  const sums = reshape(add(within, before), x.shape.with(axis, count * block));
  return slice(
    sums,
    x.shape.map(() => 0),
    x.shape,
  );
}

function padAxis(x: Tensor, axis: number, low: number, high: number): Tensor {
  if (low === 0 && high === 0) return x;
  const none = x.shape.map(() => 0);
  return apply("pad", [x], {
    low: none.with(axis, low),
    high: none.with(axis, high),
    interior: none,
    mode: "zero",
  });
}
