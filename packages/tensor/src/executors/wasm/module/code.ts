import { unsigned } from "./encoding.js";

/** What can be called: its number is known when the whole module is. */
export interface Callable {
  readonly name: string;
}

type Part = readonly number[] | Code | { readonly called: Callable };

/** Instructions in order, some of which are written later than what follows them. */
export class Code {
  readonly #parts: Part[] = [];

  add(...parts: readonly (readonly number[] | Code)[]): this {
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
  encode(numberOf: (called: Callable) => number, into: number[]): void {
    for (const part of this.#parts) {
      if (part instanceof Code) part.encode(numberOf, into);
      else if ("called" in part) into.push(0x10, ...unsigned(numberOf(part.called)));
      else for (const byte of part) into.push(byte);
    }
  }
}
