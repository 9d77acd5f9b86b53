import { cast, type Tensor } from "@clidim/tensor";
import { reach } from "@clidim/tensor/graph";
import { interpret } from "@clidim/tensor/reference";
import type { OnnxNode, OnnxTensor } from "./onnxFile.js";
import { channelsLast, inOrder, rowMajor, type Value } from "./value.js";

/** Does what a node asks for. A tensor is a value in ONNX's order. */
export type Operator = (call: Call) => Value | Tensor | readonly (Value | Tensor)[];

/** What an attribute of a kind holds. */
interface Values {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly tensor: OnnxTensor;
}

/** A node with the values of its inputs. Messages begin with its name. */
export class Call {
  readonly opset: number;
  readonly node: OnnxNode;
  readonly #values: readonly (Value | undefined)[];
  /** What the file holds of the tensors that are given as parameters: numbers that are known even while a function is traced. */
  readonly #held: ReadonlyMap<Tensor, OnnxTensor>;

  constructor(
    opset: number,
    node: OnnxNode,
    values: readonly (Value | undefined)[],
    held: ReadonlyMap<Tensor, OnnxTensor>,
  ) {
    this.opset = opset;
    this.node = node;
    this.#values = values;
    this.#held = held;
  }

  /** Ends with a sentence that says where. */
  refuse(reason: string): never {
    throw new Error(`importOnnx: ${this.node.op} (${this.node.name}): ${reason}`);
  }

  /** How many inputs were named, left-out ones included. */
  get inputCount(): number {
    return this.#values.length;
  }

  optional(index: number): Value | undefined {
    return this.#values[index];
  }

  value(index: number): Value {
    return this.#values[index] ?? this.refuse(`input ${index} is missing`);
  }

  /** All inputs. */
  values(): readonly Value[] {
    return this.#values.map((_, index) => this.value(index));
  }

  /** An input in ONNX's order. */
  plain(index: number): Tensor {
    const value = this.value(index);
    return inOrder(value, rowMajor(value.order.length));
  }

  optionalPlain(index: number): Tensor | undefined {
    return this.#values[index] && this.plain(index);
  }

  /** An input of batch, channels and extents, channels last. */
  images(index: number): Tensor {
    const value = this.value(index);
    const rank = value.order.length;
    if (rank < 3)
      this.refuse(`input ${index} has ${rank} axes, expected batch, channels and at least one more`);
    return inOrder(value, channelsLast(rank));
  }

  /** What `images` is for one input, as a value. */
  ofImages(tensor: Tensor): Value {
    return { tensor, order: channelsLast(tensor.shape.length) };
  }

  /** The numbers of an input that does not depend on the inputs of the graph: a shape, positions, scales. Of parameters it depends on what the file holds, not on what is given for them. */
  numbers(index: number): readonly number[] {
    const value = this.plain(index);
    const feeds = new Map<Tensor, Float64Array>();
    for (const tensor of reach([value], (each) => (this.#held.has(each) ? [] : each.definition.inputs))) {
      const held = this.#held.get(tensor);
      if (held) feeds.set(tensor, Float64Array.from(held.data));
    }
    try {
      // Sizes come of rounded floats: floor(10 * 0.7) is 7 of these, and 6 of the float 0.7 in float64.
      return [...interpret([value], feeds, { roundFloats: true })[0]!];
    } catch (cause) {
      throw new Error(
        `importOnnx: ${this.node.op} (${this.node.name}): input ${index} depends on the values that the model is given; shapes and positions have to be known before it runs`,
        { cause },
      );
    }
  }

  optionalNumbers(index: number): readonly number[] | undefined {
    return this.#values[index] && this.numbers(index);
  }

  /** An input as a number of its own. */
  number(index: number): number {
    const numbers = this.numbers(index);
    return numbers.length === 1
      ? numbers[0]!
      : this.refuse(`input ${index} has ${numbers.length} numbers, expected one`);
  }

  #attribute<K extends keyof Values>(name: string, kind: K): Values[K] | undefined {
    const attribute = this.node.attributes.get(name);
    if (!attribute) return undefined;
    if (attribute.kind !== kind) {
      return this.refuse(`${name} is ${attribute.kind}, expected ${kind}`);
    }
    // The kinds are equal, which the compiler does not follow.
    return attribute.value as Values[K];
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name, "int") ?? otherwise;
  }

  optionalInt(name: string): number | undefined {
    return this.#attribute(name, "int");
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, "float") ?? otherwise;
  }

  optionalFloat(name: string): number | undefined {
    return this.#attribute(name, "float");
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, "ints");
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, "floats");
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.#attribute(name, "tensor");
  }

  /** One of the texts that are known. */
  choice<const T extends string>(name: string, otherwise: T, known: readonly T[]): T {
    const text = this.#attribute(name, "string") ?? otherwise;
    return (
      known.find((each) => each === text) ??
      this.refuse(`${name} is ${JSON.stringify(text)}, known are ${known.join(", ")}`)
    );
  }

  /** A switch that is known only where it is as given. */
  expectInt(name: string, expected: number): void {
    const value = this.int(name, expected);
    if (value !== expected) this.refuse(`${name} is ${value}, known is ${expected}`);
  }

  /** An axis of so many, negative ones from the end. */
  axisOf(axis: number, rank: number): number {
    const resolved = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
      this.refuse(`axis ${axis} is none of ${rank}`);
    }
    return resolved;
  }

  /** Numbers that were attributes in older operator sets and are an input in newer ones. */
  intsOrInput(name: string, index: number): readonly number[] | undefined {
    return this.ints(name) ?? this.optionalNumbers(index);
  }
}

/** Whether a tensor holds floats. */
export const isFloat = ({ dtype }: Tensor): boolean => dtype === "f32" || dtype === "f16";

/** Bools as numbers, where an operation counts or picks. */
export const asNumbers = (x: Tensor): Tensor => (x.dtype === "bool" ? cast(x, "i32") : x);
