import type { Aval } from "../../../shape.js";
import type { Heap } from "../heap.js";
import { bytesOf } from "../memoryPlan.js";

/** Bytes of values one after the other. */
export const totalBytes = (values: readonly Aval[]): number =>
  values.reduce((sum, value) => sum + bytesOf(value), 0);

/** Memory for values that only a program of programs needs, taken once. */
export class Places {
  readonly byteLength: number;
  readonly #heap: Heap;
  readonly #values: readonly Aval[];
  #addresses: readonly number[] | undefined;

  constructor(heap: Heap, values: readonly Aval[]) {
    this.#heap = heap;
    this.#values = values;
    this.byteLength = totalBytes(values);
  }

  reserve(): readonly number[] {
    this.#addresses ??= this.#values.map((value) => this.#heap.allocate(bytesOf(value)));
    return this.#addresses;
  }

  release(): void {
    for (const address of this.#addresses ?? []) this.#heap.release(address);
    this.#addresses = undefined;
  }
}
