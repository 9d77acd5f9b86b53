import {
  add,
  apply,
  cast,
  clip,
  eq,
  full,
  iota,
  moveAxis,
  mul,
  reshape,
  type Shape,
  sizeOf,
  sum,
  type Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { customVjp } from "../customVjp.js";
import { type BatchRule, batched, spread } from "./rule.js";

/** Of each example the entries x [B, extent, ...rest] at its own indices [B, ...places]: [B, ...places, ...rest]. */
const takeRows = customVjp(
  (x: Tensor, indices: Tensor): Tensor => {
    const [size, extent, ...rest] = x.shape as readonly [number, number, ...number[]];
    const within = cast(clip(indices, 0, extent - 1), "i32");
    const start = mul(iota([size, ...indices.shape.slice(1).map(() => 1)], 0), extent);
    return apply("gather", [reshape(x, [size * extent, ...rest]), add(within, start)], { axis: 0 });
  },
  (g, [x, indices]) => [addRows(x.shape[1]!)(g, indices), undefined],
);

/**
 * Its adjoint: of each example, updates [B, ...places, ...rest] added where its indices [B, ...places] say: [B, extent, ...rest]. Every index is compared with every place, as
 * everywhere here: kernels have no atomic operations on floats.
 */
const addRows = (extent: number): ((updates: Tensor, indices: Tensor) => Tensor) =>
  customVjp(
    (updates: Tensor, indices: Tensor): Tensor => {
      const [size, ...places] = indices.shape as readonly [number, ...number[]];
      const rest = updates.shape.slice(indices.shape.length);
      const count = sizeOf(places);
      const within = cast(clip(indices, 0, extent - 1), "i32");
      // [B, extent, places, rest]
      const meets = eq(reshape(within, [size, 1, count, 1]), iota([size, extent, count, 1], 1));
      const given = reshape(updates, [size, 1, count, sizeOf(rest)]);
      return reshape(sum(where(meets, given, 0), 2), [size, extent, ...rest]);
    },
    (g, [, indices]) => [takeRows(g, indices), undefined],
  );

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The axes from `start` to `stop` moved to place 1, behind that of the examples. */
const toFront = (x: Tensor, start: number, stop: number): Tensor =>
  transpose(x, [0, ...range(start, stop), ...range(1, start), ...range(stop, x.shape.length)]);

/** The inverse: `count` axes from place 1 on moved behind the `before` axes that follow them. */
const fromFront = (x: Tensor, count: number, before: number): Tensor =>
  transpose(x, [
    0,
    ...range(1 + count, 1 + count + before),
    ...range(1, 1 + count),
    ...range(1 + count + before, x.shape.length),
  ]);

const nothing = (size: number, shape: Shape, { dtype }: Tensor): Tensor => full([size, ...shape], 0, dtype);

export const gather: BatchRule<"gather"> = ({ operands: [x, indices], params: { axis }, size, output }) => {
  if (!indices!.batched) return batched(apply("gather", [x!.tensor, indices!.tensor], { axis: axis + 1 }));
  if (!x!.batched) return batched(moveAxis(apply("gather", [x!.tensor, indices!.tensor], { axis }), axis, 0));
  if (sizeOf(output.shape) === 0) return batched(nothing(size, output.shape, x!.tensor));
  const rows = takeRows(toFront(x!.tensor, axis + 1, axis + 2), indices!.tensor);
  return batched(fromFront(rows, indices!.tensor.shape.length - 1, axis));
};

export const scatterAdd: BatchRule<"scatterAdd"> = ({ operands, params, size, output }) => {
  const [updates, indices] = [operands[0]!, operands[1]!];
  const { axis, size: extent } = params;
  if (!indices.batched) {
    return batched(apply("scatterAdd", [updates.tensor, indices.tensor], { axis: axis + 1, size: extent }));
  }
  const given = spread(updates, size);
  if (sizeOf(given.shape) === 0 || sizeOf(output.shape) === 0) {
    return batched(nothing(size, output.shape, given));
  }
  const places = indices.tensor.shape.length - 1;
  const rows = addRows(extent)(toFront(given, axis + 1, axis + 1 + places), indices.tensor);
  return batched(fromFront(rows, 1, axis));
};
