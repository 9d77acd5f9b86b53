import type { DType, TypedArray } from "../dtype.js";
import type { Aval, Shape } from "../shape.js";
import type { BinaryName, UnaryName } from "./elementwise.js";
import type { Graph } from "./graph.js";

type None = Readonly<Record<never, never>>;

/** Two-dimensional convolution geometry; pairs are [vertical, horizontal]. */
export interface ConvParams {
  readonly stride: readonly [number, number];
  /** Zeros added at [[top, bottom], [left, right]]. */
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** The parameters of every primitive that is not elementwise. */
interface StructuralParams {
  /** A value that comes from outside the graph: a placeholder of `compile`, or a tensor that owns a device buffer. */
  input: None;
  /** Host data, row-major. Never mutated. */
  constant: { readonly data: TypedArray; readonly shape: Shape; readonly dtype: DType };
  /** Every element equals `value`. */
  full: { readonly value: number; readonly shape: Shape; readonly dtype: DType };
  /** The index along `axis`. */
  iota: { readonly axis: number; readonly shape: Shape; readonly dtype: "i32" | "u32" | "f32" };
  /**
   * Inputs: key u32 [...rows, 2], counter u32 [...rows, 2]; the result is [...rows, ...shape]. Element i of a flattened row is word `i & 1` of
   * threefry2x32(key, [counter[0] + (i >> 1), counter[1]]), 20 rounds, with the key and counter of the row.
   */
  randomBits: { readonly shape: Shape };

  /** Inputs: condition (bool), a, b of one shape. */
  select: None;
  cast: { readonly dtype: DType };

  /** Reduced axes stay with extent 1. Axes ascend. */
  sum: { readonly axes: readonly number[] };
  max: { readonly axes: readonly number[] };
  prod: { readonly axes: readonly number[] };

  reshape: { readonly shape: Shape };
  /** Same rank; an axis of extent 1 stretches. */
  broadcast: { readonly shape: Shape };
  /** Axis i of the result is axis `permutation[i]` of the input. */
  transpose: { readonly permutation: readonly number[] };
  /** Elements start, start + step, ... below stop, per axis; step >= 1. */
  slice: {
    readonly start: readonly number[];
    readonly stop: readonly number[];
    readonly step: readonly number[];
  };
  /**
   * `low` and `high` elements are added around each axis. `interior` zeros go between neighbours first (mode "zero" only).
   * "reflect" mirrors without repeating the edge; "edge" repeats it.
   */
  pad: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior: readonly number[];
    readonly mode: "zero" | "reflect" | "edge";
  };
  flip: { readonly axes: readonly number[] };
  concat: { readonly axis: number };
  /** Inputs: x, indices (i32 or u32). `indices.shape` takes the place of `axis`. An index out of range is clamped. */
  gather: { readonly axis: number };
  /** Of each row along `axis` the positions of its elements (i32) in their order, among equals the lower position first; NaN is the largest. */
  argsort: { readonly axis: number; readonly descending: boolean };
  /** Inputs: x, order (i32, of its shape): each row of x along `axis` in the order of a permutation of its positions. */
  arrange: { readonly axis: number };
  /**
   * y_k = sum over j of x_j exp(-2 pi i j k / n) along `axis` of extent n, or exp(2 pi i j k / n) if `inverse`; neither divides by anything. Input and result: f32 [...,2], the real and imaginary parts
   * along the last axis.
   */
  fft: { readonly axis: number; readonly inverse: boolean };
  /** Inputs: updates, indices. The adjoint of gather: sums updates into an axis of extent `size`; out of range clamps. */
  scatterAdd: { readonly axis: number; readonly size: number };

  /** Inputs: a [...batch, M, K], b [...batch, K, N] with equal batch dimensions. */
  matmul: None;
  /** Inputs: x [N, H, W, Cin], weight [KH, KW, Cin / groups, Cout]. */
  conv2d: ConvParams;
  /**
   * Adjoint of conv2d in x. Inputs: y [N, Ho, Wo, Cout], weight [KH, KW, Cin / groups, Cout];
   * the result is [N, ...outputSize, Cin].
   */
  convTranspose2d: ConvParams & { readonly outputSize: readonly [number, number] };
  /**
   * Adjoint of conv2d in its weight. Inputs: x [N, H, W, Cin], y [N, Ho, Wo, Cout];
   * the result is [...kernelSize, Cin / groups, Cout].
   */
  conv2dWeightGradient: ConvParams & { readonly kernelSize: readonly [number, number] };

  /** The input itself, as a value of its own: what differentiation is taken with respect to. */
  identity: None;
  /** The input; no gradient flows. */
  stopGradient: None;
  /** The first input; common subexpressions are not merged across it. Further inputs only order the schedule. */
  barrier: { readonly id: number };
  /**
   * Inputs: the value, then the arguments. The result is the first input; its gradient is `backward(gradient)`, one entry per
   * argument, undefined where there is none. What `backward` is stands above this package, but for the results of the call it belongs to: a copy of one is a copy of all.
   */
  customVjp: { readonly backward: { readonly results: readonly object[] } | undefined };

  /**
   * A graph that runs `length` times. Inputs: `constants` values, the same in every turn; `carries` values of the first turn; then values whose first axis has
   * an element for each turn. They are what the body's inputs stand for, in that order, with the element of the turn in place of the last. The body's outputs: the
   * carries of the next turn, then what is stacked along a new first axis. The result is all results one after the other, which `result` takes apart. `reverse`: the last element
   * comes first.
   */
  scan: {
    readonly body: Graph;
    readonly constants: number;
    readonly carries: number;
    readonly length: number;
    readonly reverse: boolean;
  };
  /**
   * One of several graphs. Inputs: `index` (bool or i32, no axes), clamped to the branches that there are; then what the inputs of every branch stand for. The branches' outputs are
   * alike. The result is all outputs one after the other, which `result` takes apart.
   */
  cond: { readonly branches: readonly Graph[] };
  /**
   * A graph that runs while another one says so, but at most `maxSteps` times. Inputs: `constants` values, the same in every turn, then the carries, which both graphs are given. The
   * output of `condition` is a bool without axes, those of `body` are the carries of the next turn. The result is the last carries one after the other, which `result` takes apart.
   */
  whileLoop: {
    readonly condition: Graph;
    readonly body: Graph;
    readonly constants: number;
    readonly maxSteps: number;
  };
  /**
   * A kernel of the user's own: WGSL with entry point `main`, whose bindings are the inputs and then the outputs, and which reads `parameters` from `p`. The result is all outputs one after the other, which
   * `result` takes apart. `reference` computes them in float64.
   */
  kernel: {
    readonly name: string;
    readonly wgsl: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly workgroups: readonly [number, number, number];
    readonly outputs: readonly Aval[];
    readonly reference: (
      inputs: readonly (Aval & { readonly data: Float64Array })[],
    ) => readonly ArrayLike<number>[];
    /** The same for inputs that all have an axis more in front, for one that can; any other runs once per example. */
    readonly vectorized?: ((inputs: readonly Aval[]) => PrimitiveParams["kernel"]) | undefined;
  };
  /** Input: a program (scan, cond, whileLoop, kernel). Its result number `index`, whose elements begin at `start` among those of all. */
  result: { readonly index: number; readonly start: number; readonly shape: Shape; readonly dtype: DType };
}

export type StructuralName = keyof StructuralParams;
/** Every operation that a graph can hold. */
export type PrimitiveName = UnaryName | BinaryName | StructuralName;

/** The parameters of each operation. */
export type PrimitiveParams = StructuralParams & { readonly [P in UnaryName | BinaryName]: None };
