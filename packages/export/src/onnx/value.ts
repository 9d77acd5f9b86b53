import { InputError } from "@clidim/imaging";
import type { DType } from "@clidim/tensor";
import type { Extent } from "./extent.js";
import type { OnnxType } from "./onnxModel.js";

/** A tensor of the graph as the file has it. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** By axis of the tensor. An extent of 1 may stand for more: ONNX stretches it where it is used, as NumPy does. */
  readonly extents: readonly Extent[];
  /** Axis i of the value in the file is axis `order[i]` of the tensor: a transposed tensor is the same value. */
  readonly order: readonly number[];
  /** Without axes in the file, whatever the tensor's: it stretches to any shape. */
  readonly scalar?: true;
  /** What the file holds, in the tensor's own order. */
  readonly data?: Float64Array;
}

export const rowMajor = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

/** As ONNX has images: batch, channels, and the other axes. */
export const channelsFirst = (rank: number): number[] =>
  rank < 3 ? rowMajor(rank) : [0, rank - 1, ...rowMajor(rank - 2).map((axis) => axis + 1)];

export const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/** What ONNX calls a dtype. */
export function onnxType(dtype: DType, id?: number): OnnxType {
  if (dtype !== "f16") return dtype;
  throw new InputError(
    `exportOnnx: ${id === undefined ? "a value" : `node ${id}`} is of half precision; models are exported in f32`,
  );
}

/** The extents that values stretch to together. */
export function stretched(values: readonly OnnxValue[]): readonly Extent[] {
  const [first, ...others] = values.map(({ extents }) => extents);
  return first!.map((extent, axis) =>
    others.reduce<Extent>((at, extents) => (isOne(at) ? extents[axis]! : at), extent),
  );
}

const isOne = (extent: Extent): boolean => extent.open === undefined && extent.plus === 1;
