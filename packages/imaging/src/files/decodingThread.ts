import type { Worker } from "node:worker_threads";
import { type CompiledDecoder, type DecodeCompiled, decodeHere } from "../formats/compiledDecoders.js";
import { startDecoder } from "../startDecoder.js";

/** What the thread is asked. */
export interface DecodeRequest {
  readonly decoder: CompiledDecoder;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** What it answers: the bytes, or what is wrong with those that it was given. Before all, "ready". */
export type DecodeAnswer =
  | { readonly decoded: Uint8Array; readonly message?: never }
  | { readonly message: string; readonly decoded?: never };

interface Task extends DecodeRequest {
  readonly resolve: (decoded: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export interface DecodingThreadOptions {
  readonly start: () => Worker;
  /** Seconds that a block may take: so many, */
  readonly seconds: number;
  /** and one more for so many bytes of it, compressed and not. */
  readonly bytesPerSecond: number;
  /** After so many seconds without a block, the thread ends and gives its memory back, which decoders keep. */
  readonly idleSeconds: number;
}

/** Some hundred times what decoders need: other programs may have the machine. */
const USUAL: DecodingThreadOptions = {
  start: startDecoder,
  seconds: 60,
  bytesPerSecond: 2 ** 20,
  idleSeconds: 30,
};

/**
 * A thread that runs the decoders which nothing else bounds (`compiledDecoders`), one block at a time. A block that takes too long, or at which the thread ends, is an error of its own; those behind it are decoded by the next thread. Where
 * no thread can be started (in a browser, where `@clidim/imaging` was bundled into one file, where the system allows no more), blocks are decoded in the thread that asks.
 */
export class DecodingThread {
  readonly #options: DecodingThreadOptions;
  /** In the order in which they are decoded. */
  readonly #tasks: Task[] = [];
  #worker: Worker | undefined;
  /** Whether none can be started. */
  #unavailable = false;
  #clock: ReturnType<typeof setInterval> | undefined;
  /** Ticks since the first task is the first one, or since there is none. */
  #ticks = 0;

  constructor(options: Partial<DecodingThreadOptions> = {}) {
    this.#options = { ...USUAL, ...options };
  }

  readonly decode: DecodeCompiled = (decoder, bytes, length) => {
    if (this.#unavailable) return decodeHere(decoder, bytes, length);
    return new Promise((resolve, reject) => {
      const task = { decoder, bytes, length, resolve, reject };
      this.#tasks.push(task);
      if (this.#tasks.length === 1) this.#ticks = 0;
      if (this.#worker) this.#send(this.#worker, task);
      else this.#start();
    });
  };

  #start(): void {
    let worker: Worker;
    try {
      worker = this.#options.start();
    } catch {
      this.#decodeHere();
      return;
    }
    let ready = false;
    this.#worker = worker;
    this.#ticks = 0;
    // Counted, and not compared with a time of day: a machine that slept has not decoded meanwhile.
    this.#clock ??= setInterval(() => this.#tick(), 1000);
    this.#clock.unref();
    // Those of a thread that was ended do not matter.
    const own =
      <T extends readonly unknown[]>(listen: (...args: T) => void) =>
      (...args: T): void => {
        if (this.#worker === worker) listen(...args);
      };
    worker.on(
      "message",
      own((said: DecodeAnswer | "ready") => {
        if (said === "ready") ready = true;
        else this.#take(said);
      }),
    );
    const ended = own((reason: unknown) => {
      const what = reason instanceof Error ? reason.message : `it ended with ${String(reason)}`;
      this.#worker = undefined;
      if (ready) this.#fail(`the decoder has failed (${what})`);
      else this.#decodeHere();
    });
    worker.on("error", ended);
    worker.on("exit", ended);
    for (const task of this.#tasks) this.#send(worker, task);
  }

  #send(worker: Worker, { decoder, bytes, length }: Task): void {
    worker.ref();
    // A copy of its own: the other one is kept for the next thread, and may be part of something large.
    const own = bytes.slice();
    worker.postMessage({ decoder, bytes: own, length } satisfies DecodeRequest, [own.buffer]);
  }

  #take(answer: DecodeAnswer): void {
    this.#ticks = 0;
    const task = this.#tasks.shift();
    if (this.#tasks.length === 0) this.#worker?.unref();
    if (answer.decoded) task?.resolve(answer.decoded);
    else task?.reject(new Error(answer.message));
  }

  #tick(): void {
    const { seconds, bytesPerSecond, idleSeconds } = this.#options;
    this.#ticks++;
    const [task] = this.#tasks;
    const allowed = task
      ? seconds + Math.ceil((task.bytes.length + task.length) / bytesPerSecond)
      : idleSeconds;
    if (this.#ticks < allowed) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    if (task) this.#fail(`it was not decoded within ${allowed} s`);
    else this.#stopClock();
  }

  /** Gives the first task up, and has the others decoded by another thread. */
  #fail(message: string): void {
    this.#tasks.shift()?.reject(new Error(message));
    if (this.#tasks.length > 0) this.#start();
    else this.#stopClock();
  }

  #decodeHere(): void {
    this.#unavailable = true;
    this.#stopClock();
    for (const { decoder, bytes, length, resolve, reject } of this.#tasks.splice(0)) {
      decodeHere(decoder, bytes, length).then(resolve, reject);
    }
  }

  #stopClock(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
  }
}

/** The one of this process. */
const thread = new DecodingThread();

/** Decodes in a thread of its own, within a time that depends on the size. */
export const decodeApart: DecodeCompiled = thread.decode;
