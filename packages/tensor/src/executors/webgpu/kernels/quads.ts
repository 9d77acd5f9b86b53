import { type DType, isFloat } from "../../../dtype.js";
import { primitives } from "../../../primitives/index.js";
import type { PrimitiveName } from "../../../primitives/params.js";
import type { Condition, Expression } from "../../fusion/expression.js";
import type { LinearForm } from "../../fusion/linearForm.js";

/** How a kernel computes four neighbours along its innermost axis at once. */
export interface Quads {
  /** The axis; a kernel counts its quads. */
  readonly axis: number;
  /** What differs between the four, a vec4. Everything else is one value for all of them. */
  readonly varying: ReadonlySet<Expression>;
  /** The nodes that are read four at a time. */
  readonly nodes: ReadonlySet<number>;
  /** The nodes of which one element serves all four. */
  readonly scalars: ReadonlySet<number>;
}

/** The text of an operation on vec4 operands, given the text of the same on scalars. */
export function quadOperation(
  op: PrimitiveName,
  type: string,
  operands: readonly string[],
  text: (operands: readonly string[]) => string,
): string {
  const primitive = primitives[op];
  if (primitive.kind === "elementwise" && primitive.vectors) return text(operands);
  return `vec4<${type}>(${["x", "y", "z", "w"].map((part) => text(operands.map((operand) => `${operand}.${part}`))).join(", ")})`;
}

/** What kernels have in vectors. */
const isQuadType = (dtype: DType): boolean => isFloat(dtype) || dtype === "bool";

const whole = (n: number): boolean => n % 4 === 0;

/**
 * Whether kernels can compute `roots` four at a time along `axis`, and how: what they read lies in quads there, or is the same for all four. `named` are the
 * axes that have an extent beyond 1. Undefined where something is read, counted or drawn one by one.
 */
export function quadsOf(
  roots: readonly Expression[],
  axis: number,
  named: readonly number[],
): Quads | undefined {
  const varying = new Set<Expression>();
  const known = new Set<Expression>();
  const [vectors, scalars] = [new Set<number>(), new Set<number>()];

  const others = (form: LinearForm): boolean =>
    whole(form.constant) && named.every((other) => other === axis || whole(form.coefficients[other]!));
  /** Whether a form is the same for all four; nothing in it may vary then. */
  const isSame = (form: LinearForm): boolean =>
    form.coefficients[axis] === 0 &&
    form.terms.every(({ expression }) => visit(expression) && !varying.has(expression));
  /** Whether all four are on one side of each bound. */
  const isShared = ({ form, low = 0, high = 0, modulus }: Condition): boolean =>
    isSame(form) ||
    (form.coefficients[axis] === 1 &&
      form.terms.length === 0 &&
      modulus === undefined &&
      others(form) &&
      whole(low) &&
      whole(high));

  const classify = (expression: Expression): boolean => {
    const { dtype } = expression;
    const vary = (operands: readonly Expression[]): boolean => {
      if (!operands.every(visit)) return false;
      if (!operands.some((operand) => varying.has(operand))) return true;
      varying.add(expression);
      return isQuadType(dtype);
    };
    switch (expression.kind) {
      case "scalar":
        return true;
      case "load": {
        const { address, node } = expression;
        if (isSame(address)) {
          scalars.add(node);
          return true;
        }
        varying.add(expression);
        vectors.add(node);
        return (
          isQuadType(dtype) &&
          address.coefficients[axis] === 1 &&
          address.terms.length === 0 &&
          others(address)
        );
      }
      case "product":
        varying.add(expression);
        vectors.add(expression.node);
        return isFloat(dtype);
      case "index":
        return isSame(expression.form);
      case "integer":
        return isSame(expression.operand);
      case "fold":
        return isSame(expression.address);
      case "random":
        return (
          [...expression.key, ...expression.counter, expression.position].every(visit) &&
          !varying.has(expression.position)
        );
      case "operation": {
        const { operands, operandType, node } = expression;
        if (!vary(operands)) return false;
        if (!varying.has(expression)) return true;
        return isQuadType(operandType) && (node.op !== "cast" || isFloat(dtype));
      }
      case "guard":
        return expression.conditions.every(isShared) && vary([expression.inside, expression.outside]);
      default:
        throw new Error(`unknown expression ${expression satisfies never}`);
    }
  };
  const visit = (expression: Expression): boolean => {
    if (known.has(expression)) return true;
    known.add(expression);
    return classify(expression);
  };

  const possible = roots.every((root) => isQuadType(root.dtype) && visit(root));
  if (!possible || vectors.size === 0 || [...vectors].some((node) => scalars.has(node))) return undefined;
  return { axis, varying, nodes: vectors, scalars };
}
