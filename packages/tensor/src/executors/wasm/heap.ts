import { DeviceError } from "../../deviceError.js";
import { mostPages } from "./module/moduleBuilder.js";
import { type WasmMemory, webAssembly } from "./webAssembly.js";

const pageBytes = 65536;
/** 256 MiB: with less nothing of use can be done. */
const fewestPages = 4096;
/** Addresses are multiples of a line of the cache, and so are lengths: kernels work with four elements at once. */
const alignment = 64;

/** Bytes that a piece of so many takes. */
export const alignedBytes = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment;

interface Block {
  start: number;
  byteLength: number;
}

/** The memory of a WebAssembly executor: pieces of one memory that grows. */
export class Heap {
  readonly memory: WasmMemory;
  /** By address; no two are beside each other. */
  readonly #free: Block[] = [];
  readonly #taken: Map<number, number> = new Map();
  /** The first address that was never given out; 0 is none. */
  #end = alignment;

  /** Bytes that the memory may grow to. */
  readonly #mostBytes: number;

  /** `shared`: with threads. */
  constructor(shared: boolean) {
    const { Memory } = webAssembly();
    let memory: WasmMemory | undefined;
    let maximum = mostPages;
    while (!memory) {
      try {
        memory = new Memory({ initial: 1, maximum, shared });
      } catch (error) {
        // Addresses are set aside for all that a shared memory may grow to; phones have fewer.
        if (maximum <= fewestPages) throw error;
        maximum /= 2;
      }
    }
    this.memory = memory;
    this.#mostBytes = maximum * pageBytes;
  }

  /** The address of so many bytes. Throws where there is no more memory. */
  allocate(byteLength: number): number {
    // Nothing has an address of its own, too.
    const bytes = Math.max(alignment, alignedBytes(byteLength));
    // The smallest that is large enough, so that large ones stay.
    let best = -1;
    this.#free.forEach((block, k) => {
      if (block.byteLength >= bytes && (best < 0 || block.byteLength < this.#free[best]!.byteLength))
        best = k;
    });
    let start: number;
    if (best >= 0) {
      const block = this.#free[best]!;
      start = block.start;
      if (block.byteLength === bytes) this.#free.splice(best, 1);
      else {
        block.start += bytes;
        block.byteLength -= bytes;
      }
    } else start = this.#extend(bytes);
    this.#taken.set(start, bytes);
    return start;
  }

  release(start: number): void {
    const byteLength = this.#taken.get(start);
    if (byteLength === undefined) throw new Error(`Heap: nothing begins at ${start}`);
    this.#taken.delete(start);
    let k = this.#free.findIndex((block) => block.start > start);
    if (k < 0) k = this.#free.length;
    this.#free.splice(k, 0, { start, byteLength });
    this.#join(k);
    this.#join(k - 1);
  }

  /** Bytes that are given out. */
  get bytesInUse(): number {
    let total = 0;
    for (const byteLength of this.#taken.values()) total += byteLength;
    return total;
  }

  /** Joins a free block with the next, if they are beside each other. */
  #join(k: number): void {
    const [block, next] = [this.#free[k], this.#free[k + 1]];
    if (!block || !next || block.start + block.byteLength !== next.start) return;
    block.byteLength += next.byteLength;
    this.#free.splice(k + 1, 1);
  }

  #extend(bytes: number): number {
    // What is free at the end is the beginning of it.
    const last = this.#free.at(-1);
    const start = last && last.start + last.byteLength === this.#end ? last.start : this.#end;
    const missing = start + bytes - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / pageBytes));
      } catch {
        const mebibytes = (value: number): number => Math.ceil(value / 2 ** 20);
        throw new DeviceError(
          "outOfMemory",
          `out of memory: ${mebibytes(bytes)} MiB more are needed, ${mebibytes(this.bytesInUse)} MiB are in use, and WebAssembly has at most ${mebibytes(this.#mostBytes)} MiB; ` +
            "use smaller batches or tiles, and dispose of what is not needed",
        );
      }
    }
    if (start !== this.#end) this.#free.pop();
    this.#end = start + bytes;
    return start;
  }
}
