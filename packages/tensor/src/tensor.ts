import type { DType, TypedArray } from "./dtype.js";
import type { Value } from "./executor.js";
import { whoTraces } from "./graph/tracing.js";
import { expectDTypeName, expectShape, show } from "./primitives/expect.js";
import { primitives } from "./primitives/index.js";
import type { PrimitiveName, PrimitiveParams } from "./primitives/params.js";
import { formatShape, type Shape } from "./shape.js";

/** How a value is computed: a primitive, its operands and its parameters. */
export type Definition = {
  readonly [P in PrimitiveName]: {
    readonly op: P;
    readonly inputs: readonly Tensor[];
    readonly params: PrimitiveParams[P];
  };
}[PrimitiveName];

const inputDefinition: Definition = { op: "input", inputs: [], params: {} };

let created = 0;

let evaluate: (tensor: Tensor) => Promise<void> = (tensor) =>
  Promise.reject(new Error(`data: nothing computes ${tensor.toString()}; import @clidim/tensor itself`));

/** Says what computes a tensor whose values are asked for, which stands above tensors and knows what runs them. */
export function evaluateWith(f: (tensor: Tensor) => Promise<void>): void {
  evaluate = f;
}

/**
 * A node of a graph of pure operations: a shape, a dtype, and either a definition or a value. Making one runs and
 * allocates nothing; `data()` and `item()` compute.
 */
export class Tensor {
  /** Order of creation; operands come before results. */
  readonly id: number = created++;
  readonly shape: Shape;
  readonly dtype: DType;
  #definition: Definition;
  #value: Value | undefined;
  /** What became of the value, where it is gone: the end of a sentence. */
  #gone: string | undefined;

  /** Use `apply`, `input` or the operations; the shape is not checked here. */
  constructor(shape: Shape, dtype: DType, definition: Definition) {
    this.shape = shape;
    this.dtype = dtype;
    this.#definition = definition;
  }

  get definition(): Definition {
    return this.#definition;
  }

  /** Where the value is, once computed. Throws when it was donated or disposed of. */
  get value(): Value | undefined {
    if (this.#gone !== undefined) throw new Error(`${this.toString()} ${this.#gone}`);
    return this.#value;
  }

  /** Whether the value was donated or disposed of. */
  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** Gives the tensor its computed value; it forgets how it was defined, so that the graph behind it can go. */
  materialize(value: Value): void {
    this.#value = value;
    this.#definition = inputDefinition;
  }

  /** Takes the value away for good; `by` names who took it. */
  donate(by: string): Value {
    const { value } = this;
    if (!value) throw new Error(`${by}: ${this.toString()} cannot be donated before it has been computed`);
    this.#value = undefined;
    this.#gone = `was donated to ${by}, which has taken over its memory; use the tensor that was returned instead`;
    return value;
  }

  /**
   * Returns the value's memory to its executor now, which the garbage collector would do later. The tensor cannot be used afterwards, nor
   * what is still to be computed from it. Does nothing for a value that is gone already. Throws inside a function that is being traced.
   */
  dispose(): void {
    const value = this.#value;
    if (!value && this.#definition === inputDefinition && this.#gone === undefined) {
      throw new Error(
        `dispose: ${this.toString()} is a placeholder of a function that is being traced and owns no memory; dispose of what the compiled function returns`,
      );
    }
    const inside = whoTraces();
    if (inside !== undefined) {
      throw new Error(
        `dispose: ${this.toString()} was to be disposed of inside ${inside}, whose function is traced once and runs many times; dispose of it outside`,
      );
    }
    if (this.#gone !== undefined) return;
    this.#value = undefined;
    this.#definition = inputDefinition;
    this.#gone = "was disposed of; dispose of a tensor after its last use";
    value?.release();
  }

  /** The values, row-major, computed if need be. */
  async data(): Promise<TypedArray> {
    await evaluate(this);
    return this.value!.read(this.dtype);
  }

  /** The single element of a tensor of size 1 (a bool as 0 or 1). */
  async item(): Promise<number> {
    const data = await this.data();
    if (data.length !== 1) {
      throw new Error(
        `item: expected one element, got shape ${formatShape(this.shape)}; use data() for all of them`,
      );
    }
    return data[0]!;
  }

  toString(): string {
    return `Tensor(${this.dtype} ${formatShape(this.shape)})`;
  }

  /**
   * Throws where JavaScript's operators would make a text or NaN of a tensor, `x + 1`, `x * 2`, `x > 1`, and names the functions that compute these. In a template
   * and by `String(x)` it is `toString()`.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      hint === "number"
        ? `${this.toString()}: JavaScript's operators know no tensors; write mul(x, y) for x * y, sub, div, pow and neg for the others, gt(x, y) for x > y, and await x.item() for a number`
        : `${this.toString()}: JavaScript's operators know no tensors; write add(x, y) for x + y, eq(x, y) for x == y, and \`\${x}\` in a text`,
    );
  }
}

/** A graph node: checks the operands by the primitive's rule and adds the result to the graph. */
export function apply<P extends PrimitiveName>(
  op: P,
  inputs: readonly Tensor[],
  params: PrimitiveParams[P],
): Tensor {
  if (!Object.hasOwn(primitives, op)) {
    throw new Error(
      `apply: there is no primitive ${show(op)}; PrimitiveName has their names, and customKernel runs WGSL of your own`,
    );
  }
  const { shape, dtype } = primitives[op].infer(inputs, params);
  // The three members belong together by the signature above; TypeScript cannot correlate a generic union member.
  return new Tensor(shape, dtype, { op, inputs, params } as unknown as Definition);
}

/** A placeholder: a value that comes from outside the graph. */
export function input(shape: Shape, dtype: DType): Tensor {
  expectShape("input", shape);
  expectDTypeName("input", dtype);
  // What the caller does to its array afterwards changes no tensor.
  return new Tensor([...shape], dtype, inputDefinition);
}
