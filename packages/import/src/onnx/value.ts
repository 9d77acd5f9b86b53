import { reshape, type Tensor, transpose } from "@clidim/tensor";

/**
 * A value of the graph: a tensor whose axes may be in another order than ONNX has them. Axis i of the tensor is axis `order[i]` of the value. So images stay channels last from one convolution to the next.
 */
export interface Value {
  readonly tensor: Tensor;
  readonly order: readonly number[];
}

/** ONNX's own order. */
export const rowMajor = (rank: number): readonly number[] => Array.from({ length: rank }, (_, axis) => axis);

/** Batch, extents, channels: 0, 2, ..., 1. */
export const channelsLast = (rank: number): readonly number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
  1,
];

export const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i]);

/** A tensor in ONNX's order. */
export const plainValue = (tensor: Tensor): Value => ({ tensor, order: rowMajor(tensor.shape.length) });

/** The shape as ONNX has it. */
export const shapeOf = ({ tensor, order }: Value): readonly number[] =>
  rowMajor(order.length).map((axis) => tensor.shape[order.indexOf(axis)]!);

/** The value's tensor with its axes in this order. */
export function inOrder({ tensor, order }: Value, wanted: readonly number[]): Tensor {
  if (sameOrder(order, wanted)) return tensor;
  return transpose(
    tensor,
    wanted.map((axis) => order.indexOf(axis)),
  );
}

/** With more axes of extent 1 before the others, as broadcasting puts them, in this order. */
export function stretchedTo(value: Value, order: readonly number[]): Tensor {
  const rank = value.order.length;
  if (rank === order.length) return inOrder(value, order);
  const shape = shapeOf(value);
  if (shape.every((extent) => extent === 1))
    return reshape(
      value.tensor,
      order.map(() => 1),
    );
  const plain = inOrder(value, rowMajor(rank));
  const wider = reshape(plain, [...new Array<number>(order.length - rank).fill(1), ...shape]);
  return inOrder(plainValue(wider), order);
}

/** The order in which values are taken together: that of the first which is not in ONNX's own, of those with most axes. */
export function commonOrder(values: readonly Value[]): readonly number[] {
  const rank = Math.max(...values.map(({ order }) => order.length));
  const wide = values.filter(({ order }) => order.length === rank);
  return (wide.find(({ order }) => !sameOrder(order, rowMajor(rank))) ?? wide[0]!).order;
}
