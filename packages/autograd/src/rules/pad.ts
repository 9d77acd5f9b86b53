import { add, apply, flip, sum, type Tensor } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

/** Elements start to stop (exclusive) of one axis. */
function narrow(x: Tensor, axis: number, start: number, stop: number): Tensor {
  return apply("slice", [x], {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    stop: x.shape.map((extent, i) => (i === axis ? stop : extent)),
    step: x.shape.map(() => 1),
  });
}

/** Zeros before and after one axis. */
function surround(x: Tensor, axis: number, low: number, high: number): Tensor {
  const only = (extent: number): number[] => x.shape.map((_, i) => (i === axis ? extent : 0));
  return apply("pad", [x], {
    low: only(low),
    high: only(high),
    interior: x.shape.map(() => 0),
    mode: "zero",
  });
}

/**
 * The adjoint of a border made of copies: what lies in the border is added to where it was copied from. For n elements with l before
 * and h after, "reflect" copied 1..l and n-1-h..n-2, each backwards; "edge" copied 0 and n-1.
 */
function fold(
  g: Tensor,
  axis: number,
  extent: number,
  low: number,
  high: number,
  mode: "reflect" | "edge",
): Tensor {
  let folded = narrow(g, axis, low, low + extent);
  if (low > 0) {
    const border = narrow(g, axis, 0, low);
    const part =
      mode === "reflect"
        ? surround(flip(border, [axis]), axis, 1, extent - 1 - low)
        : surround(sum(border, [axis], { keepDims: true }), axis, 0, extent - 1);
    folded = add(folded, part);
  }
  if (high > 0) {
    const border = narrow(g, axis, low + extent, low + extent + high);
    const part =
      mode === "reflect"
        ? surround(flip(border, [axis]), axis, extent - 1 - high, 1)
        : surround(sum(border, [axis], { keepDims: true }), axis, extent - 1, 0);
    folded = add(folded, part);
  }
  return folded;
}

/** Zeros: the elements that were there before. Copies: folded back, axis by axis. */
export const pad: VjpRule<"pad"> = unary((g, x, _y, { low, high, interior, mode }) => {
  if (mode === "zero") {
    return apply("slice", [g], {
      start: low,
      stop: g.shape.map((extent, axis) => extent - high[axis]!),
      step: interior.map((zeros) => zeros + 1),
    });
  }
  return x.shape.reduce(
    (folded, extent, axis) =>
      low[axis]! + high[axis]! > 0 ? fold(folded, axis, extent, low[axis]!, high[axis]!, mode) : folded,
    g,
  );
});
