import { startThreads } from "#threads";
import type { WasmMemory, WasmModule } from "../webAssembly.js";
import { chunkBits, control, controlLength, looks, type Thread } from "./control.js";

/** Chunks of a job for each thread: what one does not get to, another does. */
const chunksPerThread = 4;

/** Functions of a module that threads share. */
export interface SharedModule {
  readonly number: number;
  /** Per function: its number. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Threads that run chunks of a kernel on one memory, the calling one among them. */
export class ThreadPool {
  readonly #jobs: Int32Array;
  readonly #threads: readonly Thread[];
  readonly #chunks: number;
  #modules = 0;
  #isStopped = false;
  #job = 0;

  private constructor(jobs: Int32Array, threads: readonly Thread[]) {
    this.#jobs = jobs;
    this.#threads = threads;
    this.#chunks = chunksPerThread * (threads.length + 1);
  }

  /** `count` threads, the calling one among them. */
  static async start(memory: WasmMemory, count: number): Promise<ThreadPool> {
    const jobs = new Int32Array(new SharedArrayBuffer(4 * controlLength));
    return new ThreadPool(jobs, await startThreads(memory, jobs, count - 1));
  }

  /** Lets threads know a module: its functions by their names, and the names of those of the host that it imports. */
  load(module: WasmModule, names: readonly string[], host: readonly string[]): SharedModule {
    const number = this.#modules++;
    for (const thread of this.#threads) thread.send({ load: number, module, names, host });
    return { number, functions: new Map(names.map((name, k) => [name, k])) };
  }

  drop({ number }: SharedModule): void {
    for (const thread of this.#threads) thread.send({ drop: number });
  }

  /** Runs all chunks of a function; `own` runs one here, and all of them once the threads were stopped. */
  run(
    module: SharedModule,
    name: string,
    addresses: readonly number[],
    own: (chunk: number, chunks: number) => void,
  ): void {
    const jobs = this.#jobs;
    const chunks = this.#chunks;
    if (this.#isStopped) {
      for (let chunk = 0; chunk < chunks; chunk++) own(chunk, chunks);
      return;
    }
    jobs[control.chunks] = chunks;
    jobs[control.module] = module.number;
    jobs[control.function] = module.functions.get(name)!;
    jobs[control.count] = addresses.length;
    jobs.set(addresses, control.addresses);
    Atomics.store(jobs, control.done, 0);
    Atomics.store(jobs, control.failed, 0);
    this.#job = (this.#job + 1) & (2 ** (31 - chunkBits) - 1);
    Atomics.store(jobs, control.next, this.#job << chunkBits);
    Atomics.add(jobs, control.wake, 1);
    Atomics.notify(jobs, control.wake);
    try {
      for (;;) {
        const chunk = Atomics.add(jobs, control.next, 1) & (2 ** chunkBits - 1);
        if (chunk >= chunks) break;
        try {
          own(chunk, chunks);
        } finally {
          Atomics.add(jobs, control.done, 1);
        }
      }
    } finally {
      this.#waitFor(chunks);
    }
    if (Atomics.load(jobs, control.failed) !== 0) {
      throw new Error(`WasmExecutor: a thread failed in ${name}`);
    }
  }

  stop(): void {
    // They end at some time, perhaps in the middle of a chunk that nobody would wait for then.
    this.#isStopped = true;
    for (const thread of this.#threads) thread.stop();
  }

  #waitFor(chunks: number): void {
    const jobs = this.#jobs;
    for (let look = 0; look < looks; look++) if (Atomics.load(jobs, control.done) >= chunks) return;
    for (
      let done = Atomics.load(jobs, control.done);
      done < chunks;
      done = Atomics.load(jobs, control.done)
    ) {
      Atomics.wait(jobs, control.done, done);
    }
  }
}
