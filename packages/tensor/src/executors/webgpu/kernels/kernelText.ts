import type { DType } from "../../../dtype.js";
import type { BindingKind } from "../device/kernelSource.js";
import type { Quads } from "./quads.js";
import { encodeWords, type Parameter, type ParameterType } from "./shader.js";
import type { Resource, Step } from "./step.js";
import { storageType } from "./valueTypes.js";
import { functionsCalledBy } from "./wgslFunctions.js";

/** Invocations per workgroup of generated kernels. */
export const workgroupSize = 64;

/**
 * The text of one generated kernel: its parameters, its buffers and its statements. Numbers that depend on sizes become
 * parameters, so that kernels of one structure share one pipeline.
 */
export class KernelText {
  readonly #words: number[] = [];
  /** What the words are called and are. */
  readonly #fields: Parameter[] = [];
  readonly #bindings: { readonly node: number; readonly dtype: DType; kind: "read" | "write" }[] = [];
  #statements: string[] = [];
  /** Statements that move in front of the loop, and where that is. */
  readonly #hoisted: string[] = [];
  #loopStart: number | undefined;
  /** Branches entered whose condition may fail: what they contain must not be computed outside. */
  #branches = 0;
  /** The names of what has been computed, innermost block last; what a branch computed is not visible outside it. */
  #scopes: Map<object, string>[] = [new Map()];
  /** How the kernel computes four elements at a time, if it does: what it writes then lies in vectors, and what it reads so. */
  readonly quads: Quads | undefined;
  /** The name of the parameters. */
  readonly #parameters: string;
  /** Declarations of what the invocations of a workgroup share. */
  readonly #shared: string[] = [];
  #indent = 1;
  #variables = 0;

  constructor(quads?: Quads, parameters = "p") {
    this.quads = quads;
    this.#parameters = parameters;
  }

  /** Declares a buffer; `write` may be read too. */
  bind(node: number, dtype: DType, kind: "read" | "write"): string {
    let index = this.#bindings.findIndex((binding) => binding.node === node);
    if (index < 0) index = this.#bindings.push({ node, dtype, kind }) - 1;
    else if (kind === "write") this.#bindings[index]!.kind = "write";
    return `b${index}`;
  }

  /** Declares an array that the invocations of a workgroup share. */
  share(type: string, count: number): string {
    const name = `shared${this.#shared.length}`;
    this.#shared.push(`var<workgroup> ${name}: array<${type}, ${count}>;`);
    return name;
  }

  /** A number that the program passes to the kernel. */
  parameter(value: number, type: ParameterType): string {
    const name = `w${this.#words.push(value) - 1}`;
    this.#fields.push({ name, type });
    return `${this.#parameters}.${name}`;
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

  /** An `if` whose branches are written by these functions: nothing in them is moved elsewhere. */
  branch(condition: string, inside: () => void, outside: () => void): void {
    this.#branches++;
    this.open(`if (${condition}) {`);
    inside();
    this.close("} else {");
    this.#indent++;
    this.#scopes.push(new Map());
    outside();
    this.close();
    this.#branches--;
  }

  /** Opens the loop over elements: values that do not change in it are computed before it. */
  openLoop(text: string): void {
    this.#loopStart = this.#statements.length;
    this.open(text);
  }

  closeLoop(): void {
    this.close();
    this.#statements.splice(this.#loopStart!, 0, ...this.#hoisted.splice(0));
    this.#loopStart = undefined;
  }

  /** Whether what is written here may be written before the loop instead, where it does not change in it. */
  get canHoist(): boolean {
    return this.#loopStart !== undefined && this.#branches === 0;
  }

  /** What `write` returns, with what it writes in front of the loop. */
  hoist<T>(write: () => T): T {
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
    const result = write();
    [this.#statements, this.#indent, this.#scopes, this.#loopStart] = [statements, indent, scopes, loopStart];
    return result;
  }

  /** The name under which a value is known here. */
  nameOf(value: object): string | undefined {
    for (const scope of this.#scopes) {
      const known = scope.get(value);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** From here to the end of the block, a value goes by this name. */
  name(value: object, name: string): void {
    this.#scopes.at(-1)!.set(value, name);
  }

  /** A name that nothing else has. */
  variable(): string {
    return `v${this.#variables++}`;
  }

  /** Gives a name to what this code computes. */
  let(code: string): string {
    const name = this.variable();
    this.line(`let ${name} = ${code};`);
    return name;
  }

  /** The buffers in binding order. */
  get bindings(): readonly { readonly node: number; readonly kind: "read" | "write" }[] {
    return this.#bindings;
  }

  /** The struct of the parameters, buffers from binding `first` on, and the functions that the statements call. */
  #declarations(first: number): string {
    const fields = this.#fields.map(({ name, type }) => `${name}: ${type}`).join(", ");
    const lines = [`struct ${this.#struct} { ${fields} }`];
    this.#bindings.forEach(({ node, dtype, kind }, k) => {
      const access = kind === "read" ? "read" : "read_write";
      const inQuads = this.quads && (kind === "write" || this.quads.nodes.has(node));
      const element = inQuads ? `vec4<${storageType[dtype]}>` : storageType[dtype];
      lines.push(`@group(0) @binding(${first + k}) var<storage, ${access}> b${k}: array<${element}>;`);
    });
    lines.push(...this.#shared);
    for (const text of functionsCalledBy(this.#statements.join("\n"))) lines.push(`\n${text}`);
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
    threads: number = workgroupSize,
  ): Step {
    const code = `${this.#halves ? "enable f16;\n" : ""}${this.#declarations(0)}

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) local: u32) {
${this.#statements.join("\n")}
}
`;
    return {
      kind: "dispatch",
      kernel: { label, code, bindings: this.#bindings.map(({ kind }) => kind) },
      resources: this.#bindings.map(({ node }) => resourceOf(node)),
      parameters: encodeWords(label, this.#words, this.#fields),
      workgroups,
    };
  }

  /** The statements as a function with this head in another module: buffers from binding `first` on, and after them a uniform buffer with the parameters. */
  part(
    label: string,
    first: number,
    head: string,
  ): { code: string; words: Uint32Array; bindings: BindingKind[]; halves: boolean } {
    const uniform = `@group(0) @binding(${first + this.#bindings.length}) var<uniform> ${this.#parameters}: ${this.#struct};`;
    return {
      code: `${this.#declarations(first)}\n${uniform}\n\n${head} {\n${this.#statements.join("\n")}\n}\n`,
      words: encodeWords(label, this.#words, this.#fields),
      bindings: [...this.#bindings.map(({ kind }) => kind), "uniform"],
      halves: this.#halves,
    };
  }
}
