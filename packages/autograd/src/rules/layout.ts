import { apply, flip as flipAxes, reshape as reshapeTo, transpose as transposeAxes } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

export const reshape: VjpRule<"reshape"> = unary((g, x) => reshapeTo(g, x.shape));

/** The adjoint of stretching an axis is the sum along it. */
export const broadcast: VjpRule<"broadcast"> = unary((g, x) => {
  const stretched = g.shape.flatMap((extent, axis) => (extent === x.shape[axis] ? [] : [axis]));
  return apply("sum", [g], { axes: stretched });
});

export const transpose: VjpRule<"transpose"> = unary((g, _x, _y, { permutation }) =>
  transposeAxes(
    g,
    permutation.map((_, axis) => permutation.indexOf(axis)),
  ),
);

export const flip: VjpRule<"flip"> = unary((g, _x, _y, { axes }) => flipAxes(g, [...axes]));
