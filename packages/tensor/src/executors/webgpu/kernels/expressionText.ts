import type { DType } from "../../../dtype.js";
import { binaryRows, isBinary, isUnary, unaryRows } from "../../../primitives/elementwise.js";
import { type Condition, contentsOf, type Expression } from "../../fusion/expression.js";
import type { LinearForm } from "../../fusion/linearForm.js";
import { partsBinding } from "../../fusion/reduction.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import type { KernelText } from "./kernelText.js";
import { type Quads, quadOperation } from "./quads.js";
import type { ParameterType } from "./shader.js";
import { castCode, loadedQuad, storedQuad, storedValue, valueType } from "./valueTypes.js";

/** Constants that change no size and occur everywhere; any other number is a parameter, so that kernels are shared. */
const literals: ReadonlySet<number> = new Set([0, 1, -1, 2, 0.5]);

/** The row-major index of an iteration has a name of its own, with the strides that it stands for. */
interface LinearIndex {
  readonly name: string;
  readonly strides: readonly number[];
}

/** What the axes of an iteration are called in a kernel's text. */
export interface IterationNames {
  /** The index of axis k; undefined where another axis carries it. */
  readonly axes: readonly (string | undefined)[];
  /** The axes that do not change inside the loop. */
  readonly invariant?: ReadonlySet<number>;
  readonly linear?: LinearIndex;
}

/**
 * Writes expressions into a kernel. Where the kernel computes four elements at a time, the innermost index, and the row-major one, count four
 * elements.
 */
export class ExpressionText {
  readonly #kernel: KernelText;
  readonly #axisNames: readonly (string | undefined)[];
  readonly #invariant: ReadonlySet<number>;
  readonly #linear: LinearIndex | undefined;
  /** Whether each expression that was asked for is the same in every turn of the loop. */
  readonly #isSame: Map<Expression, boolean> = new Map();

  constructor(kernel: KernelText, { axes, invariant = new Set(), linear }: IterationNames) {
    this.#kernel = kernel;
    this.#axisNames = axes;
    this.#invariant = invariant;
    this.#linear = linear;
  }

  /** Whether an expression is the same in every turn of the loop. */
  #isInvariant(expression: Expression): boolean {
    let invariant = this.#isSame.get(expression);
    if (invariant === undefined) {
      const { forms, operands } = contentsOf(expression);
      invariant =
        operands.every((operand) => this.#isInvariant(operand)) &&
        forms.every(
          ({ coefficients, terms }) =>
            coefficients.every(
              (coefficient, axis) =>
                coefficient === 0 || this.#axisNames[axis] === undefined || this.#invariant.has(axis),
            ) && terms.every((term) => this.#isInvariant(term.expression)),
        );
      this.#isSame.set(expression, invariant);
    }
    return invariant;
  }

  /** The code of a linear form. */
  form(form: LinearForm): string {
    const { quads } = this.#kernel;
    if (!quads) return this.#sum(form, this.#linear);
    // Elements from quads along the innermost axis.
    const coefficients = form.coefficients.map((c, axis) => (axis === quads.axis ? 4 * c : c));
    return this.#sum({ ...form, coefficients });
  }

  /** The code of the address of a quad, given that of its first element. */
  #quadForm(form: LinearForm, { axis: innermost }: Quads): string {
    const inQuads = (values: readonly number[]): number[] =>
      values.map((value, axis) => (axis === innermost ? value : value / 4));
    const linear = this.#linear;
    return this.#sum(
      { ...form, constant: form.constant / 4, coefficients: inQuads(form.coefficients) },
      linear && { ...linear, strides: inQuads(linear.strides) },
    );
  }

  /** The sum that a form is, without needless work for 0 and 1; `linear` is the form that has a name already. Sums and products wrap around: positions of random numbers are modulo 2^32, all else is an i32. */
  #sum(form: LinearForm, linear?: LinearIndex): string {
    const parts: string[] = [];
    if (
      linear &&
      form.constant === 0 &&
      form.terms.length === 0 &&
      this.#axisNames.some((name) => name !== undefined) &&
      form.coefficients.every(
        (coefficient, axis) => this.#axisNames[axis] === undefined || coefficient === linear.strides[axis],
      )
    ) {
      return linear.name;
    }
    if (form.constant !== 0) parts.push(this.#kernel.parameter(form.constant | 0, "i32"));
    form.coefficients.forEach((coefficient, axis) => {
      const name = this.#axisNames[axis];
      if (coefficient === 0 || name === undefined) return;
      parts.push(coefficient === 1 ? name : `${name} * ${this.#kernel.parameter(coefficient | 0, "i32")}`);
    });
    for (const { expression, scale } of form.terms) {
      const value = this.value(expression);
      const integer = expression.dtype === "i32" ? value : `i32(${value})`;
      parts.push(scale === 1 ? integer : `${integer} * ${this.#kernel.parameter(scale | 0, "i32")}`);
    }
    return parts.length === 0 ? "0" : parts.join(" + ");
  }

  /** Prints what `expression` needs and returns the name of its value. */
  value(expression: Expression): string {
    const kernel = this.#kernel;
    const known = kernel.nameOf(expression);
    if (known !== undefined) return known;
    if (kernel.canHoist && this.#isInvariant(expression)) {
      return kernel.hoist(() => this.value(expression));
    }
    const name = this.#print(expression);
    kernel.name(expression, name);
    return name;
  }

  /** The name of its value as a root of the kernel: a vec4 where the kernel computes four at a time. */
  root(expression: Expression): string {
    return this.#kernel.quads ? this.#asQuad(expression) : this.value(expression);
  }

  /** What a buffer stores of a root's value. */
  stored(value: string, dtype: DType): string {
    return this.#kernel.quads ? storedQuad(value, dtype) : storedValue(value, dtype);
  }

  #asQuad(expression: Expression): string {
    const value = this.value(expression);
    return this.#kernel.quads?.varying.has(expression)
      ? value
      : `vec4<${valueType[expression.dtype]}>(${value})`;
  }

  #print(expression: Expression): string {
    const kernel = this.#kernel;
    const type = valueType[expression.dtype];
    const quads = kernel.quads?.varying.has(expression) ? kernel.quads : undefined;
    switch (expression.kind) {
      case "load": {
        const buffer = kernel.bind(expression.node, expression.dtype, "read");
        if (quads) {
          const elements = `${buffer}[${this.#quadForm(expression.address, quads)}]`;
          return kernel.let(loadedQuad(elements, expression.dtype));
        }
        const element = `${buffer}[${this.form(expression.address)}]`;
        if (expression.dtype === "bool") return kernel.let(`${element} != 0u`);
        return kernel.let(expression.dtype === "f16" ? `f32(${element})` : element);
      }
      case "scalar": {
        if (expression.dtype === "bool") return expression.value ? "true" : "false";
        if (literals.has(expression.value) && !Object.is(expression.value, -0))
          return `${type}(${expression.value})`;
        return kernel.parameter(expression.value, type as ParameterType);
      }
      case "product":
        return kernel.let(expression.dtype === "f16" ? `${quads ? "half4" : "half"}(value)` : "value");
      case "index":
        return kernel.let(`${type}(${this.form(expression.form)})`);
      case "operation":
        return kernel.let(this.#operation(expression));
      case "random": {
        const [k0, k1] = expression.key.map((e) => this.value(e));
        const [c0, c1] = expression.counter.map((e) => this.value(e));
        const position = this.value(expression.position);
        const words = kernel.let(`threefry(vec2u(${k0}, ${k1}), vec2u(${c0} + (${position} >> 1u), ${c1}))`);
        return kernel.let(`select(${words}.x, ${words}.y, (${position} & 1u) == 1u)`);
      }
      case "guard": {
        const name = kernel.variable();
        const conditions = expression.conditions.flatMap((condition) => this.#condition(condition));
        const branch = (inner: Expression) => (): void => {
          const value = quads ? this.#asQuad(inner) : this.value(inner);
          kernel.line(`${name} = ${value};`);
        };
        kernel.line(`var ${name}: ${quads ? `vec4<${type}>` : type};`);
        kernel.branch(conditions.join(" && "), branch(expression.inside), branch(expression.outside));
        return name;
      }
      case "fold": {
        const parts = kernel.bind(partsBinding(expression.node), partType(expression.dtype), "read");
        const element = kernel.let(this.form(expression.address));
        const name = kernel.variable();
        kernel.line(`var ${name} = ${foldIdentity(expression.op, expression.dtype, kernel)};`);
        const rows = kernel.parameter(expression.rows, "i32");
        kernel.line(`for (var row${name} = 0; row${name} < ${rows}; row${name}++) {`);
        const part = `${parts}[row${name} * ${kernel.parameter(expression.outputs, "i32")} + ${element}]`;
        kernel.line(`  ${name} = ${foldTwo(expression.op, expression.dtype, name, part)};`);
        kernel.line("}");
        // What uses the sum sees what is stored of it.
        return expression.dtype === "f16" ? kernel.let(`half(${name})`) : name;
      }
      case "integer": {
        const operand = kernel.let(this.form(expression.operand));
        const [first, second] = expression.bounds;
        if (expression.code === "divide")
          return kernel.let(`${operand} / ${kernel.parameter(first!, "i32")}`);
        const last = kernel.parameter(second!, "i32");
        if (expression.code === "clamp") return kernel.let(`clamp(${operand}, 0, ${last})`);
        return kernel.let(`${last} - abs(${last} - abs(${operand}))`);
      }
      default:
        throw new Error(`unknown expression ${expression satisfies never}`);
    }
  }

  #condition({ form, low, high, modulus }: Condition): string[] {
    const value = this.#kernel.let(this.form(form));
    const conditions: string[] = [];
    if (low !== undefined)
      conditions.push(`${value} >= ${low === 0 ? "0" : this.#kernel.parameter(low, "i32")}`);
    if (high !== undefined) conditions.push(`${value} < ${this.#kernel.parameter(high, "i32")}`);
    if (modulus !== undefined) conditions.push(`${value} % ${this.#kernel.parameter(modulus, "i32")} == 0`);
    return conditions;
  }

  #operation(expression: Expression & { kind: "operation" }): string {
    const { operands, node } = expression;
    // A literal 0 would be known at compile time: integers refuse to be divided by it, and drivers make of a quotient what they like, and 0 of a product with
    // NaN. Nor do compilers take the logarithm of one, or any other operation on literals that has no finite value.
    const special = (k: number): boolean =>
      node.op === "mul" || ((node.op === "div" || node.op === "rem") && k === 1);
    const literal = operands.every(({ kind }) => kind === "scalar");
    const known = (operand: Expression, k: number): string | undefined =>
      operand.kind === "scalar" &&
      operand.dtype !== "bool" &&
      (literal || (special(k) && operand.value === 0))
        ? this.#kernel.parameter(operand.value, valueType[operand.dtype] as ParameterType)
        : undefined;
    if (!this.#kernel.quads?.varying.has(expression)) {
      return this.#operationOf(
        expression,
        operands.map((operand, k) => known(operand, k) ?? this.value(operand)),
      );
    }
    const vectors = operands.map((operand, k) => {
      const parameter = known(operand, k);
      return parameter === undefined
        ? this.#asQuad(operand)
        : `vec4<${valueType[operand.dtype]}>(${parameter})`;
    });
    // Four numbers at once: between floats nothing else happens to a number.
    if (node.op === "cast" && expression.operandType !== "bool")
      return expression.dtype === "f16" ? `half4(${vectors[0]})` : vectors[0]!;
    return quadOperation(node.op, valueType[expression.dtype], vectors, (parts) =>
      this.#operationOf(expression, parts),
    );
  }

  #operationOf(expression: Expression & { kind: "operation" }, operands: readonly string[]): string {
    const { op } = expression.node;
    const [a, b, c] = operands as [string, string, string];
    if (op === "select") return `select(${c}, ${b}, ${a})`;
    if (op === "cast") return castCode(a, expression.operandType, expression.dtype);
    if (isUnary(op)) return unaryRows[op].wgsl(a, expression.operandType);
    if (isBinary(op)) return binaryRows[op].wgsl(a, b, expression.operandType);
    throw new Error(`${op} is not an elementwise operation`);
  }
}
