import { type DType, isFloat } from "../../../dtype.js";
import { binaryRows, isBinary, isUnary, unaryRows } from "../../../primitives/elementwise.js";
import { type Condition, type Expression, walk } from "./expression.js";
import type { LinearForm } from "./linearForm.js";
import { type Quads, quadOperation } from "./quads.js";
import { encodeWords, type ParameterType } from "./shader.js";
import type { BindingKind, Resource, Step } from "./step.js";
import { wgslFunctions } from "./wgslFunctions.js";

/** Invocations per workgroup of generated kernels. */
export const workgroupSize = 64;

/** How a dtype lies in a storage buffer. */
export const storageType: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u32: "u32",
  bool: "u32",
};
/** What a dtype is inside a kernel. */
export const valueType: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "f32",
  i32: "i32",
  u32: "u32",
  bool: "bool",
};

/** Constants that change no size and occur everywhere; any other number is a parameter, so that kernels are shared. */
const literals: ReadonlySet<number> = new Set([0, 1, -1, 2, 0.5]);

/**
 * The text of one generated kernel: its parameters, its bindings and its statements. Numbers that depend on sizes become
 * parameters, so that kernels of one structure share one pipeline.
 */
export class KernelText {
  readonly #words: number[] = [];
  readonly #wordTypes: ParameterType[] = [];
  readonly #bindings: { readonly node: number; readonly dtype: DType; kind: "read" | "write" }[] = [];
  #statements: string[] = [];
  /** Statements that move in front of the loop, and where that is. */
  readonly #hoisted: string[] = [];
  #loopStart: number | undefined;
  /** Branches entered whose condition may fail: what they contain must not be computed outside. */
  #branches = 0;
  readonly #invariant: ReadonlySet<number>;
  readonly #linear: { readonly name: string; readonly strides: readonly number[] } | undefined;
  readonly #functions: Set<keyof typeof wgslFunctions> = new Set();
  /** Values already computed, innermost block last; what a branch computed is not visible outside it. */
  #scopes: Map<Expression, string>[] = [new Map()];
  readonly #axisNames: readonly (string | undefined)[];
  readonly #quads: Quads | undefined;
  /** The name of the parameters. */
  readonly #parameters: string;
  #indent = 1;
  #variables = 0;

  /**
   * `axisNames[k]` is the index of iteration axis k, undefined where another axis carries it. Axes in `invariant` do not change
   * inside the loop. `linear` names the row-major index, with the strides that it stands for. With `quads` the innermost index, and the row-major one, count four
   * elements at a time.
   */
  constructor(
    axisNames: readonly (string | undefined)[],
    invariant: ReadonlySet<number> = new Set(),
    linear?: { readonly name: string; readonly strides: readonly number[] },
    quads?: Quads,
    parameters = "p",
  ) {
    this.#axisNames = axisNames;
    this.#invariant = invariant;
    this.#linear = linear;
    this.#quads = quads;
    this.#parameters = parameters;
  }

  /** Declares a buffer; `write` may be read too. */
  bind(node: number, dtype: DType, kind: "read" | "write"): string {
    let index = this.#bindings.findIndex((binding) => binding.node === node);
    if (index < 0) index = this.#bindings.push({ node, dtype, kind }) - 1;
    else if (kind === "write") this.#bindings[index]!.kind = "write";
    return `b${index}`;
  }

  /** A number that the program passes to the kernel. */
  parameter(value: number, type: ParameterType): string {
    this.#wordTypes.push(type);
    return `${this.#parameters}.w${this.#words.push(value) - 1}`;
  }

  line(text: string): void {
    this.#statements.push("  ".repeat(this.#indent) + text);
  }

  open(text: string): void {
    this.line(text);
    this.#indent++;
    this.#scopes.push(new Map());
  }

  close(text = "}"): void {
    this.#indent--;
    this.#scopes.pop();
    this.line(text);
  }

  /** Opens the loop over elements: values that do not change in it are computed before it. */
  openLoop(text: string): void {
    this.#loopStart = this.#statements.length;
    this.open(text);
  }

  closeLoop(): void {
    this.close();
    this.#statements.splice(this.#loopStart!, 0, ...this.#hoisted);
    this.#loopStart = undefined;
  }

  /** Whether an expression is the same in every turn of the loop. */
  #isInvariant(expression: Expression): boolean {
    let invariant = true;
    walk([expression], (_, forms) => {
      for (const form of forms) {
        form.coefficients.forEach((coefficient, axis) => {
          if (coefficient !== 0 && this.#axisNames[axis] !== undefined && !this.#invariant.has(axis))
            invariant = false;
        });
      }
    });
    return invariant;
  }

  /** The code of a linear form. */
  form(form: LinearForm): string {
    const quads = this.#quads;
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

  /** The sum that a form is, without needless work for 0 and 1; `linear` is the form that has a name already. */
  #sum(form: LinearForm, linear?: { readonly name: string; readonly strides: readonly number[] }): string {
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
    if (form.constant !== 0) parts.push(this.parameter(form.constant, "i32"));
    form.coefficients.forEach((coefficient, axis) => {
      const name = this.#axisNames[axis];
      if (coefficient === 0 || name === undefined) return;
      parts.push(coefficient === 1 ? name : `${name} * ${this.parameter(coefficient, "i32")}`);
    });
    for (const { expression, scale } of form.terms) {
      const value = this.value(expression);
      const integer = expression.dtype === "i32" ? value : `i32(${value})`;
      parts.push(scale === 1 ? integer : `${integer} * ${this.parameter(scale, "i32")}`);
    }
    return parts.length === 0 ? "0" : parts.join(" + ");
  }

  /** Prints what `expression` needs and returns the name of its value. */
  value(expression: Expression): string {
    for (const scope of this.#scopes) {
      const known = scope.get(expression);
      if (known !== undefined) return known;
    }
    if (this.#loopStart !== undefined && this.#branches === 0 && this.#isInvariant(expression)) {
      return this.#hoist(expression);
    }
    const name = this.#print(expression);
    this.#scopes.at(-1)!.set(expression, name);
    return name;
  }

  #hoist(expression: Expression): string {
    const [statements, indent, scopes, loopStart] = [
      this.#statements,
      this.#indent,
      this.#scopes,
      this.#loopStart,
    ];
    [this.#statements, this.#indent, this.#scopes, this.#loopStart] = [
      this.#hoisted,
      1,
      scopes.slice(0, 1),
      undefined,
    ];
    const name = this.value(expression);
    [this.#statements, this.#indent, this.#scopes, this.#loopStart] = [statements, indent, scopes, loopStart];
    return name;
  }

  #let(code: string): string {
    const name = `v${this.#variables++}`;
    this.line(`let ${name} = ${code};`);
    return name;
  }

  /** The name of its value as a root of the kernel: a vec4 where the kernel computes four at a time. */
  root(expression: Expression): string {
    return this.#quads ? this.#asQuad(expression) : this.value(expression);
  }

  /** What a buffer stores of a root's value. */
  stored(value: string, dtype: DType): string {
    return this.#quads ? storedQuad(value, dtype) : storedValue(value, dtype);
  }

  #asQuad(expression: Expression): string {
    const value = this.value(expression);
    return this.#quads?.varying.has(expression) ? value : `vec4<${valueType[expression.dtype]}>(${value})`;
  }

  #print(expression: Expression): string {
    const type = valueType[expression.dtype];
    const quads = this.#quads?.varying.has(expression) ? this.#quads : undefined;
    switch (expression.kind) {
      case "load": {
        if (quads) {
          const buffer = this.bind(expression.node, expression.dtype, "read");
          const element = `${buffer}[${this.#quadForm(expression.address, quads)}]`;
          return this.#let(expression.dtype === "bool" ? `${element} != vec4<u32>()` : element);
        }
        const buffer = this.bind(expression.node, expression.dtype, "read");
        const element = `${buffer}[${this.form(expression.address)}]`;
        if (expression.dtype === "bool") return this.#let(`${element} != 0u`);
        return this.#let(expression.dtype === "f16" ? `f32(${element})` : element);
      }
      case "scalar": {
        if (expression.dtype === "bool") return expression.value ? "true" : "false";
        if (literals.has(expression.value) && !Object.is(expression.value, -0))
          return `${type}(${expression.value})`;
        return this.parameter(expression.value, type as ParameterType);
      }
      case "product":
        if (expression.dtype === "f16") this.#functions.add("half");
        return this.#let(expression.dtype === "f16" ? "half(value)" : "value");
      case "index":
        return this.#let(`${type}(${this.form(expression.form)})`);
      case "operation":
        return this.#let(this.#operation(expression));
      case "random": {
        this.#functions.add("threefry");
        const [k0, k1] = expression.key.map((e) => this.value(e));
        const [c0, c1] = expression.counter.map((e) => this.value(e));
        const position = this.value(expression.position);
        const words = this.#let(`threefry(vec2u(${k0}, ${k1}), vec2u(${c0} + (${position} >> 1u), ${c1}))`);
        return this.#let(`select(${words}.x, ${words}.y, (${position} & 1u) == 1u)`);
      }
      case "guard": {
        const name = `v${this.#variables++}`;
        const conditions = expression.conditions.flatMap((condition) => this.#condition(condition));
        const branch = (inner: Expression): string => (quads ? this.#asQuad(inner) : this.value(inner));
        this.line(`var ${name}: ${quads ? `vec4<${type}>` : type};`);
        this.#branches++;
        this.open(`if (${conditions.join(" && ")}) {`);
        this.line(`${name} = ${branch(expression.inside)};`);
        this.close("} else {");
        this.#indent++;
        this.#scopes.push(new Map());
        this.line(`${name} = ${branch(expression.outside)};`);
        this.close();
        this.#branches--;
        return name;
      }
      case "fold": {
        const parts = this.bind(partsBinding(expression.node), partType(expression.dtype), "read");
        const element = this.#let(this.form(expression.address));
        const name = `v${this.#variables++}`;
        this.line(`var ${name} = ${foldIdentity(expression.op, expression.dtype)};`);
        const rows = this.parameter(expression.rows, "i32");
        this.line(`for (var row${name} = 0; row${name} < ${rows}; row${name}++) {`);
        const part = `${parts}[row${name} * ${this.parameter(expression.outputs, "i32")} + ${element}]`;
        this.line(`  ${name} = ${foldTwo(expression.op, name, part)};`);
        this.line("}");
        if (expression.dtype !== "f16") return name;
        // What uses the sum sees what is stored of it.
        this.#functions.add("half");
        return this.#let(`half(${name})`);
      }
      case "integer": {
        const operand = this.#let(this.form(expression.operand));
        const [first, second] = expression.bounds;
        if (expression.code === "divide") return this.#let(`${operand} / ${this.parameter(first!, "i32")}`);
        const last = this.parameter(second!, "i32");
        if (expression.code === "clamp") return this.#let(`clamp(${operand}, 0, ${last})`);
        return this.#let(`${last} - abs(${last} - abs(${operand}))`);
      }
      default:
        throw new Error(`unknown expression ${expression satisfies never}`);
    }
  }

  #condition({ form, low, high, modulus }: Condition): string[] {
    const value = this.#let(this.form(form));
    const conditions: string[] = [];
    if (low !== undefined) conditions.push(`${value} >= ${low === 0 ? "0" : this.parameter(low, "i32")}`);
    if (high !== undefined) conditions.push(`${value} < ${this.parameter(high, "i32")}`);
    if (modulus !== undefined) conditions.push(`${value} % ${this.parameter(modulus, "i32")} == 0`);
    return conditions;
  }

  #operation(expression: Expression & { kind: "operation" }): string {
    const { operands, node } = expression;
    // A literal 0 would be known at compile time: integers refuse to be divided by it, and drivers make of a quotient what they like.
    const divides = node.op === "div" || node.op === "rem";
    const zero = (operand: Expression, k: number): string | undefined =>
      divides && k === 1 && operand.kind === "scalar" && operand.value === 0
        ? this.parameter(operand.value, valueType[operand.dtype] as ParameterType)
        : undefined;
    if (!this.#quads?.varying.has(expression)) {
      return this.#operationOf(
        expression,
        operands.map((operand, k) => zero(operand, k) ?? this.value(operand)),
      );
    }
    const vectors = operands.map((operand, k) => {
      const divisor = zero(operand, k);
      return divisor === undefined ? this.#asQuad(operand) : `vec4<${valueType[operand.dtype]}>(${divisor})`;
    });
    return quadOperation(node.op, valueType[expression.dtype], vectors, (parts) =>
      this.#operationOf(expression, parts),
    );
  }

  #operationOf(expression: Expression & { kind: "operation" }, operands: readonly string[]): string {
    const { op } = expression.node;
    const [a, b, c] = operands as [string, string, string];
    if (op === "select") return `select(${c}, ${b}, ${a})`;
    if (op === "cast") {
      if (expression.dtype === "f16") this.#functions.add("half");
      return castCode(a, expression.operandType, expression.dtype);
    }
    if (isUnary(op)) {
      const { calls, wgsl } = unaryRows[op];
      if (calls) this.#functions.add(calls);
      return wgsl(a, expression.operandType);
    }
    if (isBinary(op)) return binaryRows[op].wgsl(a, b, expression.operandType);
    throw new Error(`${op} is not an elementwise operation`);
  }

  /** The buffers in binding order. */
  get bindings(): readonly { readonly node: number; readonly kind: "read" | "write" }[] {
    return this.#bindings;
  }

  /** The struct of the parameters, buffers from binding `first` on, and functions. */
  #declarations(first: number): string {
    const fields = this.#wordTypes.map((type, k) => `w${k}: ${type}`).join(", ");
    const lines = [`struct ${this.#struct} { ${fields} }`];
    this.#bindings.forEach(({ node, dtype, kind }, k) => {
      const access = kind === "read" ? "read" : "read_write";
      const inQuads = this.#quads && (kind === "write" || this.#quads.nodes.has(node));
      const element = inQuads ? `vec4<${storageType[dtype]}>` : storageType[dtype];
      lines.push(`@group(0) @binding(${first + k}) var<storage, ${access}> b${k}: array<${element}>;`);
    });
    for (const name of this.#functions) lines.push(`\n${wgslFunctions[name].trimEnd()}`);
    return lines.join("\n");
  }

  get #struct(): string {
    return this.#parameters === "p" ? "Parameters" : `Parameters_${this.#parameters}`;
  }

  /** Whether halves are among the buffers. */
  get #halves(): boolean {
    return this.#bindings.some((binding) => binding.dtype === "f16");
  }

  /** The command that runs the statements as a kernel; `resourceOf` says where each buffer lies. */
  step(
    label: string,
    workgroups: readonly [number, number, number],
    resourceOf: (node: number) => Resource,
  ): Step {
    const code = `${this.#halves ? "enable f16;\n" : ""}${this.#declarations(0)}

@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) local: u32) {
${this.#statements.join("\n")}
}
`;
    return {
      kind: "dispatch",
      kernel: { label, code, bindings: this.#bindings.map(({ kind }) => kind) },
      resources: this.#bindings.map(({ node }) => resourceOf(node)),
      parameters: encodeWords(this.#words, this.#wordTypes),
      workgroups,
    };
  }

  /** The statements as a function with this head in another module: buffers from binding `first` on, and after them a uniform buffer with the parameters. */
  part(
    first: number,
    head: string,
  ): { code: string; words: Uint32Array; bindings: BindingKind[]; halves: boolean } {
    const uniform = `@group(0) @binding(${first + this.#bindings.length}) var<uniform> ${this.#parameters}: ${this.#struct};`;
    return {
      code: `${this.#declarations(first)}\n${uniform}\n\n${head} {\n${this.#statements.join("\n")}\n}\n`,
      words: encodeWords(this.#words, this.#wordTypes),
      bindings: [...this.#bindings.map(({ kind }) => kind), "uniform"],
      halves: this.#halves,
    };
  }
}

/**
 * WGSL converts a float that is out of range to the nearest float that is in range, which is not the integers' limit; drivers that were
 * told to leave out checks return anything.
 */
function castCode(value: string, from: DType, to: DType): string {
  const target = valueType[to];
  if (from === "bool" && to !== "bool") return `select(${target}(0), ${target}(1), ${value})`;
  if (to === "f16") return `half(f32(${value}))`;
  if (isFloat(from) && to === "i32") {
    return `select(select(i32(${value}), 2147483647, ${value} >= 2147483648.0), -2147483647 - 1, ${value} < -2147483648.0)`;
  }
  if (isFloat(from) && to === "u32") {
    return `select(select(u32(max(${value}, 0.0)), 4294967295u, ${value} >= 4294967296.0), 0u, ${value} < 0.0)`;
  }
  return `${target}(${value})`;
}

/** The buffer element that stores a value. */
export const storedValue = (value: string, dtype: DType): string =>
  dtype === "bool" ? `select(0u, 1u, ${value})` : dtype === "f16" ? `f16(${value})` : value;

/** The four buffer elements that store a vector. */
const storedQuad = (value: string, dtype: DType): string =>
  dtype === "bool" ? `select(vec4<u32>(), vec4<u32>(1u), ${value})` : value;

/** What changes nothing when it is folded in. */
export const foldIdentity = (op: "sum" | "max", dtype: DType): string => {
  if (op === "sum") return `${valueType[dtype]}(0)`;
  return dtype === "i32" ? "i32(-2147483647 - 1)" : dtype === "u32" ? "0u" : "-3.4028234e38";
};

/** Two values of a reduction as one. */
export const foldTwo = (op: "sum" | "max", a: string, b: string): string =>
  op === "sum" ? `${a} + ${b}` : `max(${a}, ${b})`;

/** How parts of a reduction lie in memory: those of halves in f32. */
export const partType = (dtype: DType): DType => (dtype === "f16" ? "f32" : dtype);

/** The parts of a reduction have no node of their own; as a binding they go by a number below zero. */
export const partsBinding = (reduction: number): number => -1 - reduction;

/** Every linear form below `roots`. */
export function formsOf(roots: readonly Expression[]): LinearForm[] {
  const all: LinearForm[] = [];
  walk(roots, (_, forms) => all.push(...forms));
  return all;
}
