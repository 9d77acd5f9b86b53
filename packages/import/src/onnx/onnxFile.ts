/** An ONNX file as plain data: what of a `ModelProto` is needed to run it. */
export interface OnnxFile {
  /** Version of the set of standard operators that the nodes are of. */
  readonly opset: number;
  readonly producer: string;
  readonly name: string;
  readonly documentation: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without those that initializers give. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Each comes after those that it takes values from. */
  readonly nodes: readonly OnnxNode[];
}

/** Values as a tensor holds them: integers of 64 bits are held to 32, floats of 16 and 64 bits become 32. */
export interface OnnxTensor {
  readonly dtype: "f32" | "i32" | "u32" | "bool";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array;
}

/** An input or output of the whole graph. */
export interface OnnxPort {
  readonly name: string;
  /** Undefined of outputs of which the file does not say. */
  readonly dtype: OnnxTensor["dtype"] | undefined;
  /** A named or empty text is any extent. Undefined where the file does not say. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** One operation. An input that is left out has an empty name. */
export interface OnnxNode {
  readonly op: string;
  /** The file's name for it, or the operation with its number. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints" | "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  /** A graph, a sequence, a sparse tensor: of operations that are not known here. */
  | { readonly kind: "other" };
