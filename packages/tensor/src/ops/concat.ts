import {
  describe,
  expectNumbers,
  expectSameDType,
  expectTensor,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { formatShape, sameShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { expandDims, squeeze } from "./reshape.js";
import { narrow, slice } from "./slice.js";

/** The first of the tensors; throws where untyped code passed something else than an array of them. */
function firstOf(op: "concat" | "stack", xs: readonly Tensor[]): Tensor {
  if (!Array.isArray(xs)) {
    throw new Error(`${op}: expected an array of tensors, got ${show(xs)}; write ${op}([a, b], axis)`);
  }
  const [first] = xs;
  if (!first) throw new Error(`${op}: expected at least one tensor, got none`);
  for (const [i, x] of xs.entries()) expectTensor(op, `tensor ${i}`, x);
  return first;
}

/** Tensors one after the other along `axis`; their other extents agree. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const first = firstOf("concat", xs);
  const resolved = normalizeAxis("concat", axis, first.shape.length);
  return xs.length === 1 ? first : apply("concat", xs, { axis: resolved });
}

/** Tensors of one shape side by side along a new axis, `axis` of the result. */
export function stack(xs: readonly Tensor[], axis: number): Tensor {
  const first = firstOf("stack", xs);
  const resolved = normalizeAxis("stack", axis, first.shape.length + 1);
  expectSameDType("stack", xs);
  if (xs.some((x) => !sameShape(x.shape, first.shape))) {
    throw new Error(
      `stack: tensors must have one shape, got ${xs.map(describe).join(" and ")}; concat joins along an axis that they have`,
    );
  }
  return concat(
    xs.map((x) => expandDims(x, resolved)),
    resolved,
  );
}

/** The elements of `x` along `axis`, without that axis: the inverse of `stack`, PyTorch's `unbind`. */
export function unstack(x: Tensor, axis: number): Tensor[] {
  expectTensor("unstack", "x", x);
  const resolved = normalizeAxis("unstack", axis, x.shape.length);
  return Array.from({ length: x.shape[resolved]! }, (_, k) => squeeze(narrow(x, resolved, k, 1), resolved));
}

/** `x` in pieces along `axis`: that many equal ones, or pieces of the given sizes. */
export function chunk(x: Tensor, partsOrSizes: number | readonly number[], axis: number): Tensor[] {
  expectTensor("chunk", "x", x);
  const resolved = normalizeAxis("chunk", axis, x.shape.length);
  const extent = x.shape[resolved]!;
  if (typeof partsOrSizes !== "number") {
    expectNumbers("chunk", "sizes", partsOrSizes, "or say how many equal pieces");
  }
  const sizes =
    typeof partsOrSizes === "number"
      ? Array.from({ length: partsOrSizes }, () => extent / partsOrSizes)
      : partsOrSizes;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== extent || sizes.length === 0 || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new Error(
      `chunk: ${JSON.stringify(partsOrSizes)} does not divide extent ${extent} of axis ${resolved} of x ${formatShape(x.shape)}`,
    );
  }
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return slice(
      x,
      x.shape.map((_, i) => (i === resolved ? end - size : 0)),
      x.shape.with(resolved, end),
    );
  });
}
