import type { DType } from "../../../dtype.js";
import type { Graph, GraphNode } from "../../../graph/graph.js";
import { primitives } from "../../../primitives/index.js";
import { type Shape, sizeOf, stridesOf } from "../../../shape.js";
import {
  axisForm,
  constantForm,
  dot,
  expressionForm,
  formKey,
  type LinearForm,
  scaleForm,
} from "./linearForm.js";

/** What one invocation computes for one element; shared subexpressions are shared objects. */
export type Expression = { readonly id: number; readonly dtype: DType } & (
  | { readonly kind: "load"; readonly node: number; readonly address: LinearForm }
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "index"; readonly form: LinearForm }
  | {
      readonly kind: "operation";
      readonly node: GraphNode;
      readonly operandType: DType;
      readonly operands: readonly Expression[];
    }
  /** Word `position & 1` of threefry2x32(key, [counter[0] + (position >> 1), counter[1]]). */
  | {
      readonly kind: "random";
      readonly key: readonly Expression[];
      readonly counter: readonly Expression[];
      readonly position: Expression;
    }
  /** `inside` where low <= form < high for every condition, else `outside`. Only the branch taken is computed. */
  | {
      readonly kind: "guard";
      readonly conditions: readonly Condition[];
      readonly inside: Expression;
      readonly outside: Expression;
    }
  | {
      readonly kind: "integer";
      readonly code: "divide" | "mirror" | "clamp";
      readonly operand: LinearForm;
      readonly bounds: readonly number[];
    }
  /** What the contraction `node` has summed up for the element, in whose kernel this is. */
  | { readonly kind: "product"; readonly node: number }
  /** The parts [rows, outputs] of a reduction's or contraction's element `address`, folded; `node` is what was left in parts. */
  | {
      readonly kind: "fold";
      readonly node: number;
      readonly op: "sum" | "max";
      readonly address: LinearForm;
      readonly rows: number;
      readonly outputs: number;
    }
);

/** low <= form < high; or, with a modulus, form % modulus == 0. */
export interface Condition {
  readonly form: LinearForm;
  readonly low?: number;
  readonly high?: number;
  readonly modulus?: number;
}

/** `Omit` that keeps a union a union. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

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

  #make(expression: WithoutId<Expression>): Expression {
    // The id completes the union member that was passed in.
    return { ...expression, id: this.#next++ } as Expression;
  }

  #scalar(value: number, dtype: DType): Expression {
    return this.#make({ kind: "scalar", value, dtype });
  }

  #load(node: number, address: LinearForm): Expression {
    const { dtype } = this.#graph.nodes[node]!;
    const key = `load ${node}@${formKey(address)}`;
    let load = this.#built.get(key);
    if (!load) {
      load = this.#make({ kind: "load", node, address, dtype });
      this.#built.set(key, load);
    }
    return load;
  }

  #expand(id: number, coordinates: readonly LinearForm[]): Expression {
    const node = this.#graph.nodes[id]!;
    const rank = this.#rank;
    const home = this.#home[id];
    if (home !== undefined && !(home === id && this.#computedHere.has(id))) {
      return this.#load(home, dot(coordinates, stridesOf(node.shape), rank));
    }
    const { dtype, shape } = node;
    const operand = node.inputs[0]!;
    const source = this.#graph.nodes[operand];
    switch (node.op) {
      case "sum":
      case "max":
      case "matmul":
      case "conv2d":
      case "convTranspose2d":
      case "conv2dWeightGradient": {
        const rows = this.#rowsOf.get(id);
        if (rows === undefined) return this.#make({ kind: "product", node: id, dtype });
        const address = dot(coordinates, stridesOf(shape), rank);
        const op = node.op === "max" ? "max" : "sum";
        return this.#make({ kind: "fold", node: id, op, address, rows, outputs: sizeOf(shape), dtype });
      }
      case "full":
        return this.#scalar(node.params.value, dtype);
      case "iota":
        return this.#make({ kind: "index", form: coordinates[node.params.axis]!, dtype });
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
      case "concat": {
        const { axis } = node.params;
        let high = shape[axis]!;
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
              : this.#make({
                  kind: "guard",
                  conditions: [{ form: coordinates[axis]!, high }],
                  inside,
                  outside: result,
                  dtype,
                });
          high = low;
        }
        return result!;
      }
      case "gather": {
        const { axis } = node.params;
        const indices = this.#graph.nodes[node.inputs[1]!]!;
        const index = this.build(node.inputs[1]!, coordinates.slice(axis, axis + indices.shape.length));
        const clamped = this.#make({
          kind: "integer",
          code: "clamp",
          operand: expressionForm(index, rank),
          bounds: [0, source!.shape[axis]! - 1],
          dtype: "i32",
        });
        return this.build(operand, [
          ...coordinates.slice(0, axis),
          expressionForm(clamped, rank),
          ...coordinates.slice(axis + indices.shape.length),
        ]);
      }
      case "randomBits": {
        const [key, counter] = node.inputs as readonly [number, number];
        const word = (source: number, i: number): Expression => this.build(source, [constantForm(i, rank)]);
        const position = this.#make({
          kind: "index",
          form: dot(coordinates, stridesOf(shape), rank),
          dtype: "u32",
        });
        return this.#make({
          kind: "random",
          key: [word(key, 0), word(key, 1)],
          counter: [word(counter, 0), word(counter, 1)],
          position,
          dtype,
        });
      }
      default: {
        if (primitives[node.op].kind !== "elementwise") {
          throw new Error(`${node.op} cannot be computed inside an elementwise kernel`);
        }
        const operands = node.inputs.map((input) => this.build(input, coordinates));
        return this.#make({ kind: "operation", node, operandType: source!.dtype, operands, dtype });
      }
    }
  }

  #pad(
    node: GraphNode & { op: "pad" },
    extents: readonly number[],
    coordinates: readonly LinearForm[],
  ): Expression {
    const rank = this.#rank;
    const { low, high, interior, mode } = node.params;
    const conditions: Condition[] = [];
    const moved = coordinates.map((form, axis) => {
      const extent = extents[axis]!;
      if (low[axis] === 0 && high[axis] === 0 && interior[axis] === 0) return form;
      const inner = scaleForm(form, 1, -low[axis]!);
      if (mode !== "zero") {
        const code = mode === "reflect" ? "mirror" : "clamp";
        const bounded = this.#make({
          kind: "integer",
          code,
          operand: inner,
          bounds: [0, extent - 1],
          dtype: "i32",
        });
        return expressionForm(bounded, rank);
      }
      const spacing = interior[axis]! + 1;
      conditions.push({
        form: inner,
        low: 0,
        high: (extent - 1) * spacing + 1,
        ...(spacing > 1 ? { modulus: spacing } : {}),
      });
      if (spacing === 1) return inner;
      const divided = this.#make({
        kind: "integer",
        code: "divide",
        operand: inner,
        bounds: [spacing],
        dtype: "i32",
      });
      return expressionForm(divided, rank);
    });
    const inside = this.build(node.inputs[0]!, moved);
    if (conditions.length === 0) return inside;
    return this.#make({
      kind: "guard",
      conditions,
      inside,
      outside: this.#scalar(0, node.dtype),
      dtype: node.dtype,
    });
  }
}

/** What an expression is made of: its operands and the linear forms that it evaluates. */
function partsOf(expression: Expression): {
  readonly forms: readonly LinearForm[];
  readonly operands: readonly Expression[];
} {
  switch (expression.kind) {
    case "load":
    case "fold":
      return { forms: [expression.address], operands: [] };
    case "scalar":
    case "product":
      return { forms: [], operands: [] };
    case "index":
      return { forms: [expression.form], operands: [] };
    case "operation":
      return { forms: [], operands: expression.operands };
    case "random":
      return { forms: [], operands: [...expression.key, ...expression.counter, expression.position] };
    case "guard":
      return {
        forms: expression.conditions.map((c) => c.form),
        operands: [expression.inside, expression.outside],
      };
    case "integer":
      return { forms: [expression.operand], operands: [] };
    default:
      throw new Error(`unknown expression ${expression satisfies never}`);
  }
}

/** Calls `visit` once for every expression below `roots`, those inside linear forms included. */
export function walk(
  roots: readonly Expression[],
  visit: (expression: Expression, forms: readonly LinearForm[]) => void,
): void {
  const visited = new Set<Expression>();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const expression = stack.pop()!;
    if (visited.has(expression)) continue;
    visited.add(expression);
    const { forms, operands } = partsOf(expression);
    visit(expression, forms);
    stack.push(
      ...[...operands].reverse(),
      ...forms.flatMap((form) => form.terms.map((term) => term.expression)),
    );
  }
}
