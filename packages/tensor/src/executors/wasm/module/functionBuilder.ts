import { Code } from "./code.js";
import { unsigned } from "./encoding.js";
import { branchIf, end, get, i32, ifThen, loop, set } from "./instructions.js";

export type ValueType = "i32" | "f32" | "f64" | "v128";

export const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Parameters and results. */
export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function under construction: locals, of which the first are the parameters, and code. */
export class FunctionBuilder {
  readonly name: string;
  readonly signature: Signature;
  readonly code: Code = new Code();
  /** Whether it calls the host, which one thread alone can. */
  callsHost = false;
  readonly #locals: ValueType[] = [];

  constructor(name: string, signature: Signature) {
    this.name = name;
    this.signature = signature;
  }

  /** A new local, zero at first. */
  local(type: ValueType): number {
    return this.signature.parameters.length + this.#locals.push(type) - 1;
  }

  /** Declarations of the locals, runs of one type together. */
  locals(): number[] {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    return [
      ...unsigned(runs.length),
      ...runs.flatMap(({ type, count }) => [...unsigned(count), typeCodes[type]]),
    ];
  }

  /** for (counter = first; counter < stop; counter += step), with at least one turn. */
  loop(
    into: Code,
    counter: number,
    first: number,
    stop: number,
    step: number,
    body: (code: Code) => void,
  ): void {
    into.add(i32.const(first), set(counter), loop);
    body(into.slot());
    into.add(get(counter), i32.const(step), i32.add, set(counter));
    into.add(get(counter), i32.const(stop), i32.lt_s, branchIf(0), end);
  }

  /** The same between two locals, where there may be no turn. */
  loopBetween(
    into: Code,
    counter: number,
    [first, stop]: readonly [number, number],
    step: number,
    body: (code: Code) => void,
  ): void {
    into.add(get(first), set(counter), get(first), get(stop), i32.lt_s, ifThen, loop);
    body(into.slot());
    into.add(get(counter), i32.const(step), i32.add, set(counter));
    into.add(get(counter), get(stop), i32.lt_s, branchIf(0), end, end);
  }

  /** Runs `body` a known number of times, without a counter that it sees. */
  times(into: Code, count: number, body: (code: Code) => void): void {
    if (count <= 0) return;
    if (count === 1) {
      body(into.slot());
      return;
    }
    this.loop(into, this.local("i32"), 0, count, 1, body);
  }
}
