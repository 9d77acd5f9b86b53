import type { DType } from "../../dtype.js";
import type { Graph, GraphNode } from "../../primitives/graph.js";
import { primitives } from "../../primitives/index.js";
import { formatShape, type Shape, sizeOf, stridesOf } from "../../shape.js";
import { longestAxis } from "./coalesce.js";
import type { Condition, Expression, NewExpression } from "./expression.js";
import {
  axisForm,
  constantForm,
  dot,
  expressionForm,
  formKey,
  type LinearForm,
  scaleForm,
} from "./linearForm.js";

/** Throws where the index along an axis of a value is no i32. */
function expectCountable({ op, shape }: GraphNode): void {
  if (shape.every((extent) => extent <= longestAxis)) return;
  throw new Error(
    `${op}: a value of shape ${formatShape(shape)} has an axis of more than ${longestAxis} elements, which kernels cannot count; make two axes of it, or compute it in parts`,
  );
}

/** Builds the expressions of one kernel over an iteration space of `rank` axes. */
export class ExpressionBuilder {
  readonly #graph: Graph;
  readonly #home: readonly (number | undefined)[];
  readonly #rank: number;
  readonly #built: Map<string, Expression> = new Map();
  /** Nodes of this kernel whose values it computes itself although they also go to memory. */
  readonly #computedHere: ReadonlySet<number>;
  readonly #rowsOf: ReadonlyMap<number, number>;
  #next = 0;

  constructor(
    graph: Graph,
    home: readonly (number | undefined)[],
    rank: number,
    computedHere: ReadonlySet<number>,
    /** Per reduction or contraction that was left in parts: how many. */
    rowsOf: ReadonlyMap<number, number> = new Map(),
  ) {
    this.#graph = graph;
    this.#home = home;
    this.#rank = rank;
    this.#computedHere = computedHere;
    this.#rowsOf = rowsOf;
  }

  /** The value of `node` at the coordinates of an iteration over `shape`, from which it may differ in axes of extent 1. */
  at(node: number, shape: Shape): Expression {
    const rank = this.#rank;
    const axes = shape.flatMap((extent, axis) => (extent === 1 ? [] : [axisForm(axis, rank)]));
    let next = 0;
    return this.build(
      node,
      this.#graph.nodes[node]!.shape.map((extent) => (extent === 1 ? constantForm(0, rank) : axes[next++]!)),
    );
  }

  build(id: number, coordinates: readonly LinearForm[]): Expression {
    const key = `${id}@${coordinates.map(formKey).join()}`;
    let expression = this.#built.get(key);
    if (!expression) {
      expression = this.#expand(id, coordinates);
      this.#built.set(key, expression);
    }
    return expression;
  }

  /** A new expression of this kernel. */
  make(expression: NewExpression): Expression {
    // The id completes the union member that was passed in.
    return { ...expression, id: this.#next++ } as Expression;
  }

  #scalar(value: number, dtype: DType): Expression {
    return this.make({ kind: "scalar", value, dtype });
  }

  #load(node: number, address: LinearForm): Expression {
    const { dtype } = this.#graph.nodes[node]!;
    const key = `load ${node}@${formKey(address)}`;
    let load = this.#built.get(key);
    if (!load) {
      load = this.make({ kind: "load", node, address, dtype });
      this.#built.set(key, load);
    }
    return load;
  }

  #expand(id: number, coordinates: readonly LinearForm[]): Expression {
    const node = this.#graph.nodes[id]!;
    expectCountable(node);
    const rank = this.#rank;
    const home = this.#home[id];
    if (home !== undefined && !(home === id && this.#computedHere.has(id))) {
      return this.#load(home, dot(coordinates, stridesOf(node.shape), rank));
    }
    const { kind } = primitives[node.op];
    if (kind === "reduction" || kind === "contraction") return this.#summed(id, node, coordinates);
    const { dtype, shape } = node;
    const operand = node.inputs[0]!;
    const source = this.#graph.nodes[operand];
    switch (node.op) {
      case "full":
        return this.#scalar(node.params.value, dtype);
      case "iota":
        return this.make({ kind: "index", form: coordinates[node.params.axis]!, dtype });
      case "identity":
        return this.build(operand, coordinates);
      case "reshape": {
        // Only axes of extent 1 come and go; the others keep their order.
        const kept = coordinates.filter((_, axis) => shape[axis] !== 1);
        let next = 0;
        const moved = source!.shape.map((extent) => (extent === 1 ? constantForm(0, rank) : kept[next++]!));
        return this.build(operand, moved);
      }
      case "broadcast": {
        const moved = coordinates.map((form, axis) =>
          source!.shape[axis] === 1 ? constantForm(0, rank) : form,
        );
        return this.build(operand, moved);
      }
      case "transpose": {
        const moved = new Array<LinearForm>(shape.length);
        node.params.permutation.forEach((axis, k) => {
          moved[axis] = coordinates[k]!;
        });
        return this.build(operand, moved);
      }
      case "slice": {
        const { start, step } = node.params;
        return this.build(
          operand,
          coordinates.map((form, axis) => scaleForm(form, step[axis]!, start[axis]!)),
        );
      }
      case "flip": {
        const moved = coordinates.map((form, axis) =>
          node.params.axes.includes(axis) ? scaleForm(form, -1, shape[axis]! - 1) : form,
        );
        return this.build(operand, moved);
      }
      case "pad":
        return this.#pad(node, source!.shape, coordinates);
      case "concat":
        return this.#concat(node, coordinates);
      case "gather":
        return this.#gather(node, coordinates);
      case "arrange":
        return this.#arrange(node, coordinates);
      case "randomBits":
        return this.#random(node, coordinates);
      default: {
        if (kind !== "elementwise") {
          throw new Error(`${node.op} cannot be computed inside an elementwise kernel`);
        }
        const operands = node.inputs.map((input) => this.build(input, coordinates));
        return this.make({ kind: "operation", node, operandType: source!.dtype, operands, dtype });
      }
    }
  }

  /** The element of what something has summed up: in whose kernel this is, or which was left in parts that are folded here. */
  #summed(id: number, { op, shape, dtype }: GraphNode, coordinates: readonly LinearForm[]): Expression {
    const rows = this.#rowsOf.get(id);
    if (rows === undefined) return this.make({ kind: "product", node: id, dtype });
    const address = dot(coordinates, stridesOf(shape), this.#rank);
    const outputs = sizeOf(shape);
    return this.make({
      kind: "fold",
      node: id,
      op: op === "max" || op === "prod" ? op : "sum",
      address,
      rows,
      outputs,
      dtype,
    });
  }

  #concat(node: GraphNode & { op: "concat" }, coordinates: readonly LinearForm[]): Expression {
    const { axis } = node.params;
    let high = node.shape[axis]!;
    let result: Expression | undefined;
    for (const part of [...node.inputs].reverse()) {
      const low = high - this.#graph.nodes[part]!.shape[axis]!;
      const inside = this.build(
        part,
        coordinates.map((form, k) => (k === axis ? scaleForm(form, 1, -low) : form)),
      );
      result =
        result === undefined
          ? inside
          : this.make({
              kind: "guard",
              conditions: [{ form: coordinates[axis]!, high }],
              inside,
              outside: result,
              dtype: node.dtype,
            });
      high = low;
    }
    return result!;
  }

  #gather(node: GraphNode & { op: "gather" }, coordinates: readonly LinearForm[]): Expression {
    const { axis } = node.params;
    const [operand, index] = node.inputs as readonly [number, number];
    const after = axis + this.#graph.nodes[index]!.shape.length;
    const position = expressionForm(this.build(index, coordinates.slice(axis, after)), this.#rank);
    const last = this.#graph.nodes[operand]!.shape[axis]! - 1;
    return this.build(operand, [
      ...coordinates.slice(0, axis),
      this.#integer("clamp", position, [0, last]),
      ...coordinates.slice(after),
    ]);
  }

  #arrange(node: GraphNode & { op: "arrange" }, coordinates: readonly LinearForm[]): Expression {
    const { axis } = node.params;
    const [operand, order] = node.inputs as readonly [number, number];
    const position = expressionForm(this.build(order, coordinates), this.#rank);
    return this.build(operand, coordinates.with(axis, position));
  }

  #random(node: GraphNode & { op: "randomBits" }, coordinates: readonly LinearForm[]): Expression {
    const rank = this.#rank;
    const [key, counter] = node.inputs as readonly [number, number];
    const { shape } = node.params;
    const row = coordinates.slice(0, coordinates.length - shape.length);
    const word = (source: number, i: number): Expression =>
      this.build(source, [...row, constantForm(i, rank)]);
    const position = this.make({
      kind: "index",
      form: dot(coordinates.slice(row.length), stridesOf(shape), rank),
      dtype: "u32",
    });
    return this.make({
      kind: "random",
      key: [word(key, 0), word(key, 1)],
      counter: [word(counter, 0), word(counter, 1)],
      position,
      dtype: node.dtype,
    });
  }

  /** What integer arithmetic makes of a coordinate. */
  #integer(
    code: (Expression & { kind: "integer" })["code"],
    operand: LinearForm,
    bounds: readonly number[],
  ): LinearForm {
    return expressionForm(this.make({ kind: "integer", code, operand, bounds, dtype: "i32" }), this.#rank);
  }

  #pad(
    node: GraphNode & { op: "pad" },
    extents: readonly number[],
    coordinates: readonly LinearForm[],
  ): Expression {
    const { low, high, interior, mode } = node.params;
    const conditions: Condition[] = [];
    const moved = coordinates.map((form, axis) => {
      const extent = extents[axis]!;
      if (low[axis] === 0 && high[axis] === 0 && interior[axis] === 0) return form;
      const inner = scaleForm(form, 1, -low[axis]!);
      if (mode !== "zero") {
        return this.#integer(mode === "reflect" ? "mirror" : "clamp", inner, [0, extent - 1]);
      }
      const spacing = interior[axis]! + 1;
      conditions.push({
        form: inner,
        low: 0,
        high: (extent - 1) * spacing + 1,
        ...(spacing > 1 ? { modulus: spacing } : {}),
      });
      return spacing === 1 ? inner : this.#integer("divide", inner, [spacing]);
    });
    const inside = this.build(node.inputs[0]!, moved);
    if (conditions.length === 0) return inside;
    return this.make({
      kind: "guard",
      conditions,
      inside,
      outside: this.#scalar(0, node.dtype),
      dtype: node.dtype,
    });
  }
}
