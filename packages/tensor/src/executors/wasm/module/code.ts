import { unsigned } from "./encoding.js";
import type { Lanes } from "./lanes.js";

/** What can be called: its number is known when the whole module is. */
export interface Callable {
  readonly name: string;
}

/** Instructions, or a constant that is left on the stack. */
export type Instructions = readonly number[] | Code | Lanes;

type Part = Instructions | { readonly called: Callable };

/** Numbers that the module gives. */
export interface Numbers {
  readonly ofFunction: (called: Callable) => number;
  readonly ofGlobal: (lanes: Lanes) => number;
}

/** Instructions in order, some of which are written later than what follows them. */
export class Code {
  readonly #parts: Part[] = [];

  add(...parts: readonly Instructions[]): this {
    this.#parts.push(...parts);
    return this;
  }

  call(called: Callable): this {
    this.#parts.push({ called });
    return this;
  }

  /** A place for code that is written later. */
  slot(): Code {
    const slot = new Code();
    this.#parts.push(slot);
    return slot;
  }

  /** Adds the bytes to `into`. */
  encode(numbers: Numbers, into: number[]): void {
    for (const part of this.#parts) {
      if (part instanceof Code) part.encode(numbers, into);
      else if ("called" in part) into.push(0x10, ...unsigned(numbers.ofFunction(part.called)));
      else if ("lanes" in part) into.push(0x23, ...unsigned(numbers.ofGlobal(part)));
      else for (const byte of part) into.push(byte);
    }
  }
}
