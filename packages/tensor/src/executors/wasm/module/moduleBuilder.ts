import type { Callable } from "./code.js";
import { counted, list, unsigned } from "./encoding.js";
import { FunctionBuilder, type Signature, typeCodes } from "./functionBuilder.js";
import { end, i32x4 } from "./instructions.js";
import type { Lanes } from "./lanes.js";

/** A function of the host that the module calls. */
interface Imported extends Callable {
  readonly signature: Signature;
  readonly f: (...values: number[]) => number;
}

const text = (value: string): number[] => counted([...new TextEncoder().encode(value)]);
const section = (id: number, bytes: readonly number[]): number[] => [id, ...counted(bytes)];
const types = (of: readonly (keyof typeof typeCodes)[]): number[] =>
  list(of.map((type) => [typeCodes[type]]));

/** A global that keeps its value. */
const constant = (lanes: number): number[] => [
  typeCodes.v128,
  0,
  ...i32x4.const([lanes, lanes, lanes, lanes]),
  ...end,
];

/** Pages of 64 KiB that a memory may grow to: all that 32 bits address. */
export const mostPages = 65536;

/** A module under construction: functions on one imported memory, and functions of the host. */
export class ModuleBuilder {
  readonly #imports: Map<string, Imported> = new Map();
  readonly #functions: FunctionBuilder[] = [];
  readonly #helpers: Map<string, FunctionBuilder> = new Map();
  /** Whether threads share the memory. */
  readonly #isShared: boolean;

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  /** A new function, which is exported by its name: a number and what it is called. */
  add(name: string, signature: Signature): FunctionBuilder {
    const built = new FunctionBuilder(`${this.#functions.length} ${name}`, signature);
    this.#functions.push(built);
    return built;
  }

  /** A function that others call, built once. */
  helper(name: string, signature: Signature, build: (f: FunctionBuilder) => void): Callable {
    let known = this.#helpers.get(name);
    if (!known) {
      known = this.add(name, signature);
      this.#helpers.set(name, known);
      build(known);
    }
    return known;
  }

  /** A function of the host, imported once. */
  host(name: string, signature: Signature, f: (...values: number[]) => number): Callable {
    let known = this.#imports.get(name);
    if (!known) {
      known = { name, signature, f };
      this.#imports.set(name, known);
    }
    return known;
  }

  /** What the module is given beside its memory. */
  get imports(): Readonly<Record<string, (...values: number[]) => number>> {
    return Object.fromEntries([...this.#imports.values()].map(({ name, f }) => [name, f]));
  }

  encode(): Uint8Array<ArrayBuffer> {
    const imported = [...this.#imports.values()];
    const all: readonly (Callable & { readonly signature: Signature })[] = [...imported, ...this.#functions];
    const numbers = new Map<Callable, number>(all.map((callable, k) => [callable, k]));
    const signatures = all.map(({ signature }) => [
      0x60,
      ...types(signature.parameters),
      ...types(signature.results),
    ]);
    const globals = new Map<number, number>();
    const ofGlobal = ({ lanes }: Lanes): number => {
      const number = globals.get(lanes) ?? globals.size;
      globals.set(lanes, number);
      return number;
    };
    const bodies = this.#functions.map((f) => {
      const body = f.locals();
      f.code.encode({ ofFunction: (called) => numbers.get(called)!, ofGlobal }, body);
      body.push(0x0b);
      return counted(body);
    });
    const memory = [
      ...[...text("host"), ...text("memory"), 2, this.#isShared ? 3 : 1],
      ...[...unsigned(1), ...unsigned(mostPages)],
    ];
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, list(signatures)),
      ...section(
        2,
        list([memory, ...imported.map(({ name }, k) => [...text("host"), ...text(name), 0, ...unsigned(k)])]),
      ),
      ...section(3, list(this.#functions.map((_, k) => unsigned(imported.length + k)))),
      ...section(6, list([...globals.keys()].map(constant))),
      ...section(
        7,
        list(this.#functions.map(({ name }, k) => [...text(name), 0, ...unsigned(imported.length + k)])),
      ),
      ...section(10, list(bodies)),
      // What profilers and errors call the functions.
      ...section(0, [
        ...text("name"),
        ...section(1, list(all.map(({ name }, k) => [...unsigned(k), ...text(name)]))),
      ]),
    ]);
  }
}
