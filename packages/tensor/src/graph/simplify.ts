import { type DType, isFloat } from "../dtype.js";
import { fromHalf, toHalf } from "../float16.js";
import { castValue } from "../primitives/cast.js";
import { type BinaryName, binaryRows, isBinary, isUnary, unaryRows } from "../primitives/elementwise.js";
import type { Graph, GraphNode } from "../primitives/graph.js";
import type { PrimitiveName, PrimitiveParams } from "../primitives/params.js";
import { wrap } from "../primitives/wrap.js";
import { type Shape, sameShape, sizeOf } from "../shape.js";
import { paramsKey } from "./graphKey.js";
import { prune } from "./prune.js";

/**
 * Common subexpressions, constant folding, algebraic identities, and operations that only mean something to
 * differentiation. What no output needs any more is dropped. Inputs keep their order, used or not.
 *
 * Not `enabled`, only what kernels do not know is rewritten: markers of differentiation and scatterAdd.
 *
 * No identity hides a NaN: x * 0 = 0 is one of integers alone.
 */
export function simplify(graph: Graph, enabled = true): Graph {
  const builder = new Builder(enabled);
  const renamed: number[] = [];
  for (const node of graph.nodes) {
    renamed.push(builder.add({ ...node, inputs: node.inputs.map((input) => renamed[input]!) }));
  }
  return prune({
    nodes: builder.nodes,
    inputs: graph.inputs.map((input) => renamed[input]!),
    outputs: graph.outputs.map((output) => renamed[output]!),
  });
}

/** A constant as a kernel has it: floats are single precision there. */
const single = (value: number, dtype: DType): number => (isFloat(dtype) ? Math.fround(value) : value);

/** Operands of one concat; a kernel reads only so many buffers. */
const maxConcat = 6;

class Builder {
  readonly nodes: GraphNode[] = [];
  readonly #known: Map<string, number> = new Map();
  readonly #enabled: boolean;

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** Adds a simplified form of `node`; returns the index of what stands for it. */
  add(node: GraphNode): number {
    const replaced = this.#rewrite(node);
    return typeof replaced === "number" ? replaced : this.#intern(replaced);
  }

  #intern(node: GraphNode): number {
    if (node.op === "input" || !this.#enabled) return this.nodes.push(node) - 1;
    const key = `${node.op} ${node.inputs} ${node.shape} ${node.dtype} ${paramsKey(node)}`;
    let id = this.#known.get(key);
    if (id === undefined) {
      id = this.nodes.push(node) - 1;
      this.#known.set(key, id);
    }
    return id;
  }

  #make<P extends PrimitiveName>(
    op: P,
    inputs: readonly number[],
    params: PrimitiveParams[P],
    shape: Shape,
    dtype: DType,
  ): number {
    // Op and params agree by the signature; TypeScript cannot correlate a generic union member.
    return this.add({ op, inputs, params, shape, dtype } as unknown as GraphNode);
  }

  #full(value: number, shape: Shape, dtype: DType): number {
    return this.#intern({ op: "full", inputs: [], params: { value, shape, dtype }, shape, dtype });
  }

  /** The value of a node all of whose elements are equal. */
  #constant(id: number): number | undefined {
    const node = this.nodes[id]!;
    return node.op === "full" ? node.params.value : undefined;
  }

  #rewrite(node: GraphNode): GraphNode | number {
    const { shape, dtype } = node;
    const [a, b] = node.inputs as readonly [number, number];
    switch (node.op) {
      case "identity":
      case "stopGradient":
      case "customVjp":
        return a;
      case "scatterAdd":
        return this.#scatterAdd(a, b, node.params.axis, node.params.size, shape, dtype);
      case "concat":
        return node.inputs.length > maxConcat
          ? this.#concatInParts(node)
          : this.#enabled
            ? this.#fold(node)
            : node;
      default:
        return this.#enabled ? this.#fold(node) : node;
    }
  }

  #fold(node: GraphNode): GraphNode | number {
    const { shape, dtype } = node;
    const [a, b] = node.inputs as readonly [number, number];
    const operand = this.nodes[a];
    switch (node.op) {
      case "cast": {
        const value = this.#constant(a);
        if (value !== undefined) {
          const kept = single(value, operand!.dtype);
          const cast = dtype === "f16" ? fromHalf(toHalf(kept)) : castValue(kept, operand!.dtype, dtype);
          return this.#full(single(cast, dtype), shape, dtype);
        }
        return operand!.dtype === dtype ? a : node;
      }
      case "reshape": {
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        if (value !== undefined) return this.#full(value, shape, dtype);
        if (operand!.op === "reshape") return this.add({ ...node, inputs: [operand!.inputs[0]!] });
        return node;
      }
      case "broadcast": {
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        if (value !== undefined) return this.#full(value, shape, dtype);
        if (operand!.op === "broadcast") return this.add({ ...node, inputs: [operand!.inputs[0]!] });
        return node;
      }
      case "transpose": {
        const { permutation } = node.params;
        if (permutation.every((axis, i) => axis === i)) return a;
        const value = this.#constant(a);
        if (value !== undefined) return this.#full(value, shape, dtype);
        if (operand!.op === "transpose") {
          const inner = operand!.params.permutation;
          const composed = permutation.map((axis) => inner[axis]!);
          return this.#make("transpose", [operand!.inputs[0]!], { permutation: composed }, shape, dtype);
        }
        return node;
      }
      case "slice": {
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        return value === undefined ? node : this.#full(value, shape, dtype);
      }
      case "flip": {
        const value = this.#constant(a);
        return value !== undefined || node.params.axes.length === 0 ? a : node;
      }
      case "pad": {
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        const same = value !== undefined && (value === 0 || node.params.mode !== "zero");
        return same ? this.#full(value, shape, dtype) : node;
      }
      case "concat":
        return node.inputs.length === 1 ? a : node;
      case "sum": {
        const count = sizeOf(operand!.shape) / sizeOf(shape);
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        if (value === undefined) return node;
        const total = isFloat(dtype) ? single(value * count, dtype) : wrap(Math.imul(value, count), dtype);
        return this.#full(total, shape, dtype);
      }
      case "max": {
        if (sameShape(operand!.shape, shape)) return a;
        const value = this.#constant(a);
        return value === undefined ? node : this.#full(value, shape, dtype);
      }
      case "select": {
        const condition = this.#constant(a);
        if (condition !== undefined) return node.inputs[condition ? 1 : 2]!;
        return node.inputs[1] === node.inputs[2] ? node.inputs[1]! : node;
      }
      default:
        if (isUnary(node.op)) {
          const value = this.#constant(a);
          if (value !== undefined) {
            const result = unaryRows[node.op].reference(single(value, dtype), dtype);
            return this.#full(single(result, dtype), shape, dtype);
          }
          return node.op === "neg" && operand!.op === "neg" ? operand!.inputs[0]! : node;
        }
        if (isBinary(node.op)) return this.#binary(node, node.op, a, b);
        return node;
    }
  }

  #binary(node: GraphNode, op: BinaryName, a: number, b: number): GraphNode | number {
    const { shape, dtype } = node;
    const x = this.#constant(a);
    const y = this.#constant(b);
    if (x !== undefined && y !== undefined) {
      const from = this.nodes[a]!.dtype;
      const result = binaryRows[op].reference(single(x, from), single(y, from), from);
      return this.#full(single(result, dtype), shape, dtype);
    }
    switch (op) {
      case "add":
        return x === 0 ? b : y === 0 ? a : node;
      case "sub":
        return y === 0 ? a : node;
      case "mul":
        if ((x === 0 || y === 0) && !isFloat(dtype)) return this.#full(0, shape, dtype);
        return x === 1 ? b : y === 1 ? a : node;
      case "div":
        return y === 1 ? a : node;
      case "pow":
        if (y === 1) return a;
        return y === 2 ? this.#make("mul", [a, a], {}, shape, dtype) : node;
      default:
        return node;
    }
  }

  #concatInParts(node: GraphNode & { readonly op: "concat" }): number {
    const { axis } = node.params;
    let parts = [...node.inputs];
    while (parts.length > maxConcat) {
      const joined: number[] = [];
      for (let k = 0; k < parts.length; k += maxConcat) {
        const some = parts.slice(k, k + maxConcat);
        const extent = some.reduce((total, part) => total + this.nodes[part]!.shape[axis]!, 0);
        const shape = node.shape.map((other, i) => (i === axis ? extent : other));
        joined.push(this.#make("concat", some, { axis }, shape, node.dtype));
      }
      parts = joined;
    }
    return this.#make("concat", parts, { axis }, node.shape, node.dtype);
  }

  /**
   * WGSL has no atomic addition of floats, so result[j] = sum over u of (indices[u] == j ? updates[u] : 0), which fuses
   * into one reduction. Out-of-range indices are clamped, as gather does.
   */
  #scatterAdd(
    updates: number,
    indices: number,
    axis: number,
    size: number,
    shape: Shape,
    dtype: DType,
  ): number {
    const u = this.nodes[updates]!;
    const i = this.nodes[indices]!;
    const count = sizeOf(i.shape);
    const before = u.shape.slice(0, axis);
    const after = u.shape.slice(axis + i.shape.length);
    // [...before, size, count, ...after]
    const expanded = [...before, size, count, ...after];
    const alone = (position: number, extent: number): number[] =>
      expanded.map((_, k) => (k === position ? extent : 1));
    const zero = this.#full(0, i.shape, i.dtype);
    const last = this.#full(size - 1, i.shape, i.dtype);
    const low = this.#make("maximum", [indices, zero], {}, i.shape, i.dtype);
    const clamped = this.#make("minimum", [low, last], {}, i.shape, i.dtype);
    const index = this.#make(
      "reshape",
      [clamped],
      { shape: alone(axis + 1, count) },
      alone(axis + 1, count),
      i.dtype,
    );
    const indexAll = this.#make("broadcast", [index], { shape: expanded }, expanded, i.dtype);
    const integer = i.dtype === "u32" ? "u32" : "i32";
    const slot = this.#make("iota", [], { axis, shape: expanded, dtype: integer }, expanded, integer);
    const hit = this.#make("eq", [indexAll, slot], {}, expanded, "bool");
    const column = [...before, 1, count, ...after];
    const values = this.#make("reshape", [updates], { shape: column }, column, dtype);
    const valuesAll = this.#make("broadcast", [values], { shape: expanded }, expanded, dtype);
    const none = this.#full(0, expanded, dtype);
    const chosen = this.#make("select", [hit, valuesAll, none], {}, expanded, dtype);
    const summed = [...before, size, 1, ...after];
    const total = this.#make("sum", [chosen], { axes: [axis + 1] }, summed, dtype);
    return this.#make("reshape", [total], { shape }, shape, dtype);
  }
}
