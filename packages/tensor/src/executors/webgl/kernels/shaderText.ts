import texels from "../../../../../../shaders/texels.glsl?raw";
import type { DType } from "../../../dtype.js";
import { expectWord } from "../../fusion/expectWord.js";
import { layoutOf } from "../context/layout.js";
import { functionsCalledBy } from "./glslFunctions.js";
import type { Kernel } from "./kernel.js";
import { valueOfWord } from "./operations.js";

/** Statements in braces, and what they have names for. */
interface Block {
  readonly lines: string[];
  readonly names: Map<object | string, string>;
}

const newBlock = (): Block => ({ lines: [], names: new Map() });
const indented = ({ lines }: Block): string[] => lines.map((line) => `  ${line}`);

/** Numbers that every fragment shader of WebGL 2 can be given: 224 vectors of four. */
const mostWords = 896;

/**
 * The text of one fragment shader: its parameters, what it reads and writes, and its statements in loops that lie in one another. Numbers that depend on sizes become parameters, so that
 * kernels of one structure share one program.
 */
export class ShaderText {
  readonly #words: { readonly value: number; readonly type: Exclude<DType, "bool"> }[] = [];
  readonly #reads: number[] = [];
  readonly #shifts: string[] = [];
  readonly #defines: string[] = [];
  readonly #parts: string[] = [];
  /** The open loops, outermost first; the first is the body of `main`. */
  readonly #levels: Block[] = [newBlock()];
  readonly #heads: string[] = [];
  /** Branches that are open in the innermost loop. */
  readonly #branches: Block[] = [];
  #variables = 0;

  /** The number of the innermost loop. */
  get level(): number {
    return this.#levels.length - 1;
  }

  /** Whether what is written may go into a loop further out: what a branch holds stays there. */
  get canMove(): boolean {
    return this.#branches.length === 0;
  }

  /** The arguments of `texelAt` and `elementAt` for a stored value of so many elements. */
  read(binding: number, elements: number): string {
    let k = this.#reads.indexOf(binding);
    if (k < 0) {
      k = this.#reads.push(binding) - 1;
      this.#shifts.push(this.parameter(layoutOf(elements).shift, "i32"));
    }
    return `s${k}, ${this.#shifts[k]}`;
  }

  /** A number that the program passes to the kernel. */
  parameter(value: number, type: Exclude<DType, "bool">): string {
    return `w${this.#words.push({ value, type }) - 1}`;
  }

  /** A whole number in a sum or a product, modulo 2^32, as positions of random numbers are: 0 and 1 say what they are, so that compilers leave out what is needless. */
  integer(value: number): string {
    return value === 0 || value === 1 ? String(value) : this.parameter(value | 0, "i32");
  }

  /** A name for code in all functions. */
  define(name: string, code: string | number): void {
    this.#defines.push(`#define ${name} ${code}`);
  }

  /** Functions written by hand. */
  include(functions: string): void {
    this.#parts.push(functions.trimEnd());
  }

  /** Adds a line to the innermost loop, or to one further out before that which lies in it. */
  line(code: string, level: number = this.level): void {
    this.#block(level).lines.push(code);
  }

  /** Gives a name to what this code computes. */
  let(type: string, code: string, level: number = this.level): string {
    const name = this.variable();
    this.line(`${type} ${name} = ${code};`, level);
    return name;
  }

  /** A name that nothing else has. */
  variable(): string {
    return `v${this.#variables++}`;
  }

  /** Opens a loop in the innermost one. */
  open(head: string): void {
    this.#heads.push(head);
    this.#levels.push(newBlock());
  }

  close(): void {
    const block = this.#levels.pop()!;
    this.line(`${this.#heads.pop()} {`);
    for (const line of indented(block)) this.line(line);
    this.line("}");
  }

  /** An `if` whose branches are written by these functions: nothing in them goes elsewhere. */
  branch(condition: string, level: number, inside: () => void, outside: () => void): void {
    const blocks = [inside, outside].map((write) => {
      const block = newBlock();
      this.#branches.push(block);
      write();
      this.#branches.pop();
      return indented(block);
    });
    for (const line of [`if (${condition}) {`, ...blocks[0]!, "} else {", ...blocks[1]!, "}"]) {
      this.line(line, level);
    }
  }

  /** The name under which something is known here. */
  nameOf(key: object | string): string | undefined {
    for (const block of [...this.#levels, ...this.#branches]) {
      const known = block.names.get(key);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** From here to the end of the block, something goes by this name. */
  name(key: object | string, name: string, level: number = this.level): void {
    this.#block(level).names.set(key, name);
  }

  #block(level: number): Block {
    return this.#branches.at(-1) ?? this.#levels[level]!;
  }

  /** The kernel whose `main` these statements are, for writes of so many elements; `texel` is the number of the texel that it computes, and `result0` and so on are its words. */
  kernel(name: string, writes: readonly number[], elements: number, workPerElement: number): Kernel {
    const shift = this.parameter(layoutOf(elements).shift, "i32");
    const texelCount = this.parameter(Math.ceil(elements / 4), "i32");
    const { places, words } = this.#placeWords(name);
    const body = this.#levels[0]!;
    const parts = [...this.#parts, ...body.lines].join("\n");
    const text = [
      "#version 300 es",
      "precision highp float;",
      "precision highp int;",
      "precision highp usampler2D;",
      `uniform uvec4 p[${words.length / 4}];`,
      ...this.#words.map(({ type }, k) => `#define w${k} ${valueOfWord(places[k]!, type)}`),
      ...this.#reads.map((_, k) => `uniform usampler2D s${k};`),
      ...writes.map((_, k) => `layout(location = ${k}) out uvec4 out${k};`),
      texels.trimEnd(),
      ...functionsCalledBy(parts),
      ...this.#defines,
      ...this.#parts,
      "void main() {",
      `  int texel = (int(gl_FragCoord.y) << ${shift}) + int(gl_FragCoord.x);`,
      ...writes.map((_, k) => `  uvec4 result${k} = uvec4(0u);`),
      `  if (texel < ${texelCount}) {`,
      ...indented(body).map((line) => `  ${line}`),
      "  }",
      ...writes.map((_, k) => `  out${k} = result${k};`),
      "}",
      "",
    ].join("\n");
    return { name, text, reads: this.#reads, writes, elements, words, workPerElement };
  }

  /** Where in `p` each parameter is. Those of a large kernel that are equal share a place. */
  #placeWords(name: string): { readonly places: readonly string[]; readonly words: Uint32Array } {
    const share = this.#words.length > mostWords;
    const positions = new Map<string, number>();
    const values: { readonly value: number; readonly type: DType }[] = [];
    const places = this.#words.map((word, k) => {
      const key = share ? `${word.type} ${Object.is(word.value, -0) ? "-0" : word.value}` : String(k);
      let position = positions.get(key);
      if (position === undefined) {
        position = values.push(word) - 1;
        positions.set(key, position);
      }
      return `p[${position >> 2}].${"xyzw"[position & 3]}`;
    });
    const words = new Uint32Array(4 * Math.ceil(values.length / 4));
    const [floats, integers] = [new Float32Array(words.buffer), new Int32Array(words.buffer)];
    values.forEach(({ value, type }, k) => {
      if (type === "i32" || type === "u32") expectWord(name, `parameter ${k}`, value, type);
      if (type === "i32") integers[k] = value;
      else if (type === "u32") words[k] = value;
      else floats[k] = value;
    });
    return { places, words };
  }
}
