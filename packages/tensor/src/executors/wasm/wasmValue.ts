import type { DType, TypedArray } from "../../dtype.js";
import type { Value } from "../../executor.js";
import { elementBytes, readElements } from "./elements.js";
import { eventLoopTurn } from "./eventLoopTurn.js";
import type { Heap } from "./heap.js";
import type { WasmExecutor } from "./wasmExecutor.js";

/** Memory of values that nothing refers to any more. */
const dropped = new FinalizationRegistry(({ heap, address }: { heap: Heap; address: number }) =>
  heap.release(address),
);

/** A value in the memory of a WebAssembly executor. */
export class WasmValue implements Value {
  readonly executor: WasmExecutor;
  readonly #heap: Heap;
  readonly #length: number;
  #address: number | undefined;

  constructor(executor: WasmExecutor, heap: Heap, length: number) {
    this.executor = executor;
    this.#heap = heap;
    this.#length = length;
    const address = heap.allocate(elementBytes * length);
    this.#address = address;
    dropped.register(this, { heap, address }, this);
  }

  /** Throws after `release`. */
  get address(): number {
    if (this.#address === undefined) {
      throw new Error("WasmExecutor: a value was used after its release; it has no memory any more");
    }
    return this.#address;
  }

  async read(dtype: DType): Promise<TypedArray> {
    // At once: what is read may be given away right after the call.
    const data = readElements(this.#heap.memory, this.address, dtype, this.#length);
    await eventLoopTurn();
    return data;
  }

  release(): void {
    if (this.#address === undefined) return;
    dropped.unregister(this);
    this.#heap.release(this.#address);
    this.#address = undefined;
  }
}
