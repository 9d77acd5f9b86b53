import type { Aval } from "../../../shape.js";
import { sizeOf } from "../../../shape.js";
import { elementBytes } from "../elements.js";
import type { Heap } from "../heap.js";

/** Memory for values that only a program of programs needs, taken once. */
export class Places {
  readonly byteLength: number;
  readonly #heap: Heap;
  readonly #sizes: readonly number[];
  #addresses: readonly number[] | undefined;

  constructor(heap: Heap, values: readonly Aval[]) {
    this.#heap = heap;
    this.#sizes = values.map(({ shape }) => elementBytes * sizeOf(shape));
    this.byteLength = this.#sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  reserve(): readonly number[] {
    this.#addresses ??= this.#sizes.map((bytes) => this.#heap.allocate(bytes));
    return this.#addresses;
  }

  release(): void {
    for (const address of this.#addresses ?? []) this.#heap.release(address);
    this.#addresses = undefined;
  }
}
