/** An ONNX file as plain data: what of the format this package writes. Names and numbers are those of onnx.proto. */
export interface OnnxModel {
  /** Version of the set of standard operators. */
  readonly opset: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly name: string;
  /** What the model is, for people. */
  readonly documentation: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly initializers: readonly OnnxTensor[];
  /** In an order in which each comes after those that it takes values from. */
  readonly nodes: readonly OnnxNode[];
}

/** The numbers of `TensorProto.DataType`. */
export const onnxTypes = { f32: 1, i32: 6, i64: 7, bool: 9, f16: 10, u32: 12 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** An input or output of the whole graph. A named extent is any number. */
export interface OnnxPort {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly (number | string)[];
}

/** A value that the file holds. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Row-major and little-endian. */
  readonly bytes: Uint8Array;
}

/** One operation. */
export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** `int` and `ints` are whole numbers, `float` a number, `string` a text. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };
