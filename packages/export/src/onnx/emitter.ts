import { InputError } from "@clidim/imaging";
import { sizeOf } from "@clidim/tensor";
import type { GraphNode } from "@clidim/tensor/graph";
import { type Extent, known, sameExtents } from "./extent.js";
import type { OnnxBuilder } from "./onnxBuilder.js";
import { operators } from "./operators.js";
import type { SampledGraph } from "./sampledGraph.js";
import type { StaticValues } from "./staticValues.js";
import { type OnnxValue, onnxType, rowMajor, sameOrder } from "./value.js";

/** Writes a graph's nodes, one after the other, as ONNX operations. */
export class Emitter {
  readonly graph: SampledGraph;
  readonly builder: OnnxBuilder;
  readonly #statics: StaticValues;
  readonly #values = new Map<number, OnnxValue>();
  readonly #reordered = new Map<string, string>();

  constructor(graph: SampledGraph, builder: OnnxBuilder, statics: StaticValues) {
    this.graph = graph;
    this.builder = builder;
    this.#statics = statics;
  }

  /** An input of the model. */
  input(id: number, name: string): void {
    const { dtype, shape } = this.#node(id);
    this.#values.set(id, { name, dtype, extents: this.graph.shape(id), order: rowMajor(shape.length) });
  }

  /** Writes these nodes and all that they need, each after its operands: in the order of the graph, as chains of operations may be longer than a stack is deep. */
  write(ids: readonly number[]): void {
    const needed = new Set<number>();
    const open = [...ids];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (needed.has(id) || this.#values.has(id)) continue;
      needed.add(id);
      if (!this.#statics.values.has(id)) open.push(...this.#node(id).inputs);
    }
    for (const id of [...needed].sort((a, b) => a - b)) this.#values.set(id, this.#emit(id));
  }

  /** What a node was written as. */
  value(id: number): OnnxValue {
    return this.#values.get(id)!; // operands are written first
  }

  /** Operands of a node. */
  operands(id: number): OnnxValue[] {
    return this.#node(id).inputs.map((operand) => this.value(operand));
  }

  /** An operand of a node at its full shape, nothing stretched. */
  whole(id: number, operand: number): OnnxValue {
    return this.wholeValue(this.#node(id).inputs[operand]!);
  }

  /** A node's value at its full shape. */
  wholeValue(id: number): OnnxValue {
    const value = this.value(id);
    const extents = this.graph.shape(id);
    if (!value.scalar && sameExtents(value.extents, extents)) return value;
    const shape = this.builder.vector(value.order.map((axis) => extents[axis]!));
    const name = this.builder.node("Expand", [value.name, shape]);
    return { name, dtype: value.dtype, extents, order: value.order };
  }

  /** The name of a value with its axes in this order. */
  inOrder(value: OnnxValue, order: readonly number[]): string {
    if (value.scalar || sameOrder(value.order, order)) return value.name;
    const key = `${value.name} ${order.join()}`;
    const before = this.#reordered.get(key);
    if (before !== undefined) return before;
    const name = value.data ? this.#held(value, value.data, order) : this.#transposed(value, order);
    this.#reordered.set(key, name);
    return name;
  }

  /** A value of a node that was written with its axes in this order; of the node's shape unless something is stretched. */
  result(
    id: number,
    name: string,
    order: readonly number[],
    extents: readonly Extent[] = this.graph.shape(id),
  ): OnnxValue {
    return { name, dtype: this.#node(id).dtype, extents, order };
  }

  #node(id: number): GraphNode {
    return this.graph.first.nodes[id]!;
  }

  #emit(id: number): OnnxValue {
    const node = this.#node(id);
    const data = this.#statics.values.get(id);
    if (data) return this.#constant(id, node, data);
    const operator = operators[node.op];
    if (typeof operator === "string") {
      throw new InputError(
        `exportOnnx: ${node.op} (node ${id}) cannot be exported${this.#statics.isStatic(id) ? "" : " where it depends on the inputs or their size"}: ${operator}`,
      );
    }
    return operator(this, id);
  }

  #constant(id: number, { dtype, shape }: GraphNode, data: Float64Array): OnnxValue {
    const order = rowMajor(shape.length);
    const extents = shape.map(known);
    const name = this.builder.constant(onnxType(dtype, id), shape, data, "weight");
    return { name, dtype, extents, order, data };
  }

  #transposed(value: OnnxValue, order: readonly number[]): string {
    const perm = order.map((axis) => value.order.indexOf(axis));
    return this.builder.node("Transpose", [value.name], { perm: { ints: perm } });
  }

  #held({ dtype, extents }: OnnxValue, data: Float64Array, order: readonly number[]): string {
    const shape = extents.map(({ plus }) => plus);
    return this.builder.constant(
      onnxType(dtype),
      order.map((axis) => shape[axis]!),
      transposed(data, shape, order),
      "weight",
    );
  }
}

/** Row-major data with axis i of the result being axis `order[i]`. */
function transposed(data: Float64Array, shape: readonly number[], order: readonly number[]): Float64Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const out = new Float64Array(data.length);
  const index = order.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    order.forEach((axis, k) => {
      from += index[k]! * strides[axis]!;
    });
    out[i] = data[from]!;
    for (let k = order.length - 1; k >= 0; k--) {
      index[k]!++;
      if (index[k]! < shape[order[k]!]!) break;
      index[k] = 0;
    }
  }
  return out;
}
