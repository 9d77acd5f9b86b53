import type { Graph } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { type Condition, contentsOf, type Expression } from "../../fusion/expression.js";
import type { LinearForm } from "../../fusion/linearForm.js";
import { partsBinding } from "../../fusion/reduction.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import { castText, operationText, valueOfWord, valueType } from "./operations.js";
import type { ShaderText } from "./shaderText.js";

/** The axes of an iteration in a kernel's loops. */
export interface Iteration {
  /** The index of each axis; undefined where another axis carries it. */
  readonly names: readonly (string | undefined)[];
  /** The loop that each changes in. */
  readonly levels: readonly number[];
  /** The position of the element that is written, if the innermost loop is that of a texel's four. */
  readonly own?: LinearForm;
}

/** Writes expressions into a kernel, each in the outermost loop that it can be. */
export class ExpressionText {
  readonly #text: ShaderText;
  readonly #graph: Graph;
  readonly #iteration: Iteration;
  readonly #levels: Map<Expression, number> = new Map();

  constructor(text: ShaderText, graph: Graph, iteration: Iteration) {
    this.#text = text;
    this.#graph = graph;
    this.#iteration = iteration;
  }

  /** Prints what `expression` needs and returns the name of its value. */
  value(expression: Expression): string {
    const text = this.#text;
    const known = text.nameOf(expression);
    if (known !== undefined) return known;
    const level = text.canMove ? this.#levelOf(expression) : text.level;
    const name = this.#print(expression, level);
    text.name(expression, name, level);
    return name;
  }

  #levelOf(expression: Expression): number {
    let level = this.#levels.get(expression);
    if (level === undefined) {
      const { forms, operands } = contentsOf(expression);
      level = Math.max(
        0,
        ...operands.map((operand) => this.#levelOf(operand)),
        ...forms.map((form) => this.#levelOfForm(form)),
      );
      this.#levels.set(expression, level);
    }
    return level;
  }

  #levelOfForm({ coefficients, terms }: LinearForm): number {
    const { names, levels } = this.#iteration;
    return Math.max(
      0,
      ...coefficients.map((coefficient, axis) =>
        coefficient === 0 || names[axis] === undefined ? 0 : levels[axis]!,
      ),
      ...terms.map(({ expression }) => this.#levelOf(expression)),
    );
  }

  /** The code of a linear form. */
  #form({ constant, coefficients, terms }: LinearForm): string {
    const text = this.#text;
    const times = (name: string, factor: number): string =>
      factor === 1 ? name : `${name} * ${text.integer(factor)}`;
    const parts = coefficients.flatMap((coefficient, axis) => {
      const name = this.#iteration.names[axis];
      return coefficient === 0 || name === undefined ? [] : [times(name, coefficient)];
    });
    for (const { expression, scale } of terms) {
      const value = this.value(expression);
      parts.push(times(expression.dtype === "i32" ? value : `int(${value})`, scale));
    }
    if (constant !== 0) parts.push(text.integer(constant));
    return parts.length === 0 ? "0" : parts.join(" + ");
  }

  /** Whether a form is the position of the element that is written. */
  #isOwn({ constant, coefficients, terms }: LinearForm): boolean {
    const { own, names } = this.#iteration;
    return (
      own !== undefined &&
      constant === 0 &&
      terms.length === 0 &&
      coefficients.every(
        (coefficient, axis) => names[axis] === undefined || coefficient === own.coefficients[axis],
      )
    );
  }

  #load({ node, address, dtype }: Expression & { readonly kind: "load" }, level: number): string {
    const text = this.#text;
    const values = text.read(node, sizeOf(this.#graph.nodes[node]!.shape));
    if (level === 0 || !this.#isOwn(address)) {
      const word = `elementAt(${values}, ${this.#form(address)})`;
      return text.let(valueType[dtype], valueOfWord(word, dtype), level);
    }
    // The four elements of the texel at once, before the loop over them.
    const key = `texel of ${node}`;
    let quad = text.nameOf(key);
    if (quad === undefined) {
      const outside = text.canMove ? 0 : level;
      quad = text.let("uvec4", `texelAt(${values}, texel)`, outside);
      text.name(key, quad, outside);
    }
    return text.let(valueType[dtype], valueOfWord(`${quad}[lane]`, dtype), level);
  }

  #print(expression: Expression, level: number): string {
    const text = this.#text;
    const { dtype } = expression;
    const type = valueType[dtype];
    switch (expression.kind) {
      case "load":
        return this.#load(expression, level);
      case "scalar":
        return dtype === "bool" ? String(Boolean(expression.value)) : text.parameter(expression.value, dtype);
      case "index":
        return text.let(type, `${type}(${this.#form(expression.form)})`, level);
      case "operation":
        return text.let(type, this.#operation(expression), level);
      case "random": {
        const [k0, k1] = expression.key.map((word) => this.value(word));
        const [c0, c1] = expression.counter.map((word) => this.value(word));
        const position = this.value(expression.position);
        const counter = `uvec2(${c0} + (${position} >> 1u), ${c1})`;
        const words = text.let("uvec2", `threefry(uvec2(${k0}, ${k1}), ${counter})`, level);
        return text.let(type, `(${position} & 1u) == 1u ? ${words}.y : ${words}.x`, level);
      }
      case "guard": {
        const name = text.variable();
        const conditions = expression.conditions.flatMap((condition) => this.#condition(condition, level));
        text.line(`${type} ${name};`, level);
        const write = (inner: Expression) => (): void => {
          const value = this.value(inner);
          text.line(`${name} = ${value};`);
        };
        text.branch(conditions.join(" && "), level, write(expression.inside), write(expression.outside));
        return name;
      }
      case "fold": {
        const { node, op, rows, outputs, address } = expression;
        const part = partType(dtype);
        const parts = text.read(partsBinding(node), rows * outputs);
        const element = text.let("int", this.#form(address), level);
        const name = text.let(type, foldIdentity(op, dtype, text), level);
        const [count, step] = [text.parameter(rows, "i32"), text.parameter(outputs, "i32")];
        const word = `elementAt(${parts}, row * ${step} + ${element})`;
        const next = foldTwo(op, dtype, name, valueOfWord(word, part));
        text.line(`for (int row = 0; row < ${count}; row++) { ${name} = ${next}; }`, level);
        // What uses the sum sees what is stored of it.
        return dtype === "f16" ? text.let(type, `roundHalf(${name})`, level) : name;
      }
      case "integer": {
        const operand = text.let("int", this.#form(expression.operand), level);
        const [first, second] = expression.bounds;
        if (expression.code === "divide")
          return text.let("int", `${operand} / ${text.parameter(first!, "i32")}`, level);
        const last = text.parameter(second!, "i32");
        const code =
          expression.code === "clamp"
            ? `clamp(${operand}, 0, ${last})`
            : `${last} - abs(${last} - abs(${operand}))`;
        return text.let("int", code, level);
      }
      default:
        throw new Error(`${expression.kind}: not part of a kernel on WebGL`);
    }
  }

  #condition({ form, low, high, modulus }: Condition, level: number): string[] {
    const text = this.#text;
    const value = text.let("int", this.#form(form), level);
    return [
      ...(low === undefined ? [] : [`${value} >= ${text.integer(low)}`]),
      ...(high === undefined ? [] : [`${value} < ${text.integer(high)}`]),
      ...(modulus === undefined ? [] : [`${value} % ${text.parameter(modulus, "i32")} == 0`]),
    ];
  }

  #operation({ node, operands, operandType, dtype }: Expression & { readonly kind: "operation" }): string {
    const values = operands.map((operand) => this.value(operand));
    if (node.op === "select") return `${values[0]} ? ${values[1]} : ${values[2]}`;
    if (node.op === "cast") return castText(values[0]!, operandType, dtype);
    return operationText(node.op, values, operandType);
  }
}
