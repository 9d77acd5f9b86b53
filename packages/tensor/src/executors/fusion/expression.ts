import type { DType } from "../../dtype.js";
import type { GraphNode } from "../../primitives/graph.js";
import type { LinearForm } from "./linearForm.js";
import type { ReductionName } from "./reduction.js";

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
      readonly op: ReductionName;
      readonly address: LinearForm;
      readonly rows: number;
      readonly outputs: number;
    }
);

/** `Omit` that keeps a union a union. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** An expression that is not part of a kernel yet. */
export type NewExpression = WithoutId<Expression>;

/** low <= form < high; or, with a modulus, form % modulus == 0. */
export interface Condition {
  readonly form: LinearForm;
  readonly low?: number;
  readonly high?: number;
  readonly modulus?: number;
}

/** What an expression is made of: its operands and the linear forms that it evaluates. */
export function contentsOf(expression: Expression): {
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
    const { forms, operands } = contentsOf(expression);
    visit(expression, forms);
    stack.push(
      ...[...operands].reverse(),
      ...forms.flatMap((form) => form.terms.map((term) => term.expression)),
    );
  }
}

/** Every linear form below `roots`. */
export function formsOf(roots: readonly Expression[]): LinearForm[] {
  const all: LinearForm[] = [];
  walk(roots, (_, forms) => all.push(...forms));
  return all;
}
