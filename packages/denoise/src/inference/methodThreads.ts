import type { Plane } from "@clidim/imaging";
import type { ClassicalMethod } from "../protocol/method.js";
import { type MethodAnswer, type MethodRequest, type MethodResult, transferred } from "./methodRequests.js";

/** A thread: Node's `Worker`, or one of a browser behind the same names. */
export interface MethodWorker {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (said: MethodAnswer) => void): unknown;
  on(event: "error" | "messageerror" | "exit", listener: () => void): unknown;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
  terminate(): unknown;
}

export interface MethodThreadsOptions {
  /** How many threads at most. With one nothing is done elsewhere. */
  readonly count: number;
  /** Starts a thread that answers `MethodRequest`s. */
  readonly start: () => MethodWorker;
  /** The methods that it knows. */
  readonly methods: readonly ClassicalMethod[];
}

interface Task {
  readonly request: MethodRequest;
  readonly onPart: ((part: number) => void) | undefined;
  readonly resolve: (result: MethodResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: MethodWorker;
  ready: boolean;
  task: Task | undefined;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/** After so many milliseconds without a task a thread ends and gives its memory back. */
const IDLE = 30_000;

/**
 * Threads in which methods without training are applied, several at once, each with a task of its own; they are started when there is something to do, and keep no process alive. What they do not do is left to the thread that asks: where
 * none can be started (where the package was bundled into one file, where the system allows no more), where one ends or throws in the midst, and for methods that they do not know.
 */
export class MethodThreads {
  readonly #count: number;
  readonly #start: () => MethodWorker;
  readonly #methods: readonly ClassicalMethod[];
  readonly #waiting: Task[] = [];
  readonly #threads = new Set<Thread>();
  /** The tasks that a signal ends. */
  readonly #watched = new Map<AbortSignal, { readonly tasks: Set<Task>; readonly abort: () => void }>();
  /** Whether none can be started. */
  #unavailable: boolean;

  constructor({ count, start, methods }: MethodThreadsOptions) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new Error(`MethodThreads: expected a whole number of threads, at least 1, got ${count}`);
    }
    this.#count = count;
    this.#start = start;
    this.#methods = methods;
    this.#unavailable = count === 1;
  }

  /** How many tasks are done at once: 1 where it has turned out that no thread can be started. */
  get count(): number {
    return this.#unavailable ? 1 : this.#count;
  }

  /** What comes of a request; undefined where the caller has to do it itself. `onPart` is told what part is done, and may throw to end it; a signal that aborts ends it at once. */
  run(
    method: ClassicalMethod,
    request: MethodRequest,
    {
      signal,
      onPart,
    }: { readonly signal?: AbortSignal | undefined; readonly onPart?: (part: number) => void } = {},
  ): Promise<MethodResult | undefined> {
    if (this.#unavailable || !this.#methods.includes(method)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          release?.();
          settle(value);
        };
      const task: Task = { request, onPart, resolve: settled(resolve), reject: settled(reject) };
      const release = signal && this.#dropWhenAborted(task, signal);
      this.#waiting.push(task);
      this.#next();
    });
  }

  /** Returns what is to be called when the task has settled. A signal of many tasks is listened to once, as Node warns of more than ten listeners. */
  #dropWhenAborted(task: Task, signal: AbortSignal): () => void {
    let watched = this.#watched.get(signal);
    if (!watched) {
      const tasks = new Set<Task>();
      // Those that wait first, so that no thread takes them up.
      const abort = (): void => {
        for (const one of [...tasks].toReversed()) this.#drop(one, signal.reason);
      };
      watched = { tasks, abort };
      this.#watched.set(signal, watched);
      signal.addEventListener("abort", abort);
    }
    const { tasks, abort } = watched;
    tasks.add(task);
    return () => {
      tasks.delete(task);
      if (tasks.size > 0) return;
      signal.removeEventListener("abort", abort);
      this.#watched.delete(signal);
    };
  }

  /** Gives waiting tasks to threads that have none. */
  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ task }) => !task) ?? this.#startThread();
      if (!thread) break;
      this.#give(thread, this.#waiting.shift()!); // there is one
    }
    if (this.#unavailable) for (const task of this.#waiting.splice(0)) task.resolve(undefined);
  }

  #startThread(): Thread | undefined {
    if (this.#unavailable || this.#threads.size >= this.#count) return undefined;
    let worker: MethodWorker;
    try {
      worker = this.#start();
    } catch {
      this.#unavailable = true;
      return undefined;
    }
    worker.unref();
    const thread: Thread = { worker, ready: false, task: undefined, idle: undefined };
    this.#threads.add(thread);
    worker.on("message", (said) => this.#take(thread, said));
    const ended = (): void => {
      // One that was ended here is not among them any more.
      if (!this.#threads.delete(thread)) return;
      if (!thread.ready) this.#unavailable = true;
      this.#end(thread);
      thread.task?.resolve(undefined);
      this.#next();
    };
    worker.on("error", ended);
    worker.on("messageerror", ended);
    worker.on("exit", ended);
    return thread;
  }

  #give(thread: Thread, task: Task): void {
    clearTimeout(thread.idle);
    const sent = copyOf(task.request);
    try {
      thread.worker.postMessage(sent, transferred(sent));
    } catch {
      // Parameters that cannot be sent.
      task.resolve(undefined);
      return;
    }
    thread.task = task;
    thread.worker.ref();
  }

  #take(thread: Thread, said: MethodAnswer): void {
    const { task } = thread;
    if (said === "ready") thread.ready = true;
    if (said === "ready" || !task) return;
    if (said !== "failed" && "part" in said) {
      try {
        task.onPart?.(said.part);
      } catch (error) {
        this.#drop(task, error);
      }
      return;
    }
    thread.task = undefined;
    thread.worker.unref();
    thread.idle = setTimeout(() => this.#end(thread), IDLE);
    // A number in browsers, where nothing is kept alive.
    if (typeof thread.idle === "object") thread.idle.unref();
    task.resolve(said === "failed" ? undefined : said);
    this.#next();
  }

  /** Ends a task, with the thread that is at it. */
  #drop(task: Task, reason: unknown): void {
    const at = this.#waiting.indexOf(task);
    if (at >= 0) this.#waiting.splice(at, 1);
    for (const thread of this.#threads) if (thread.task === task) this.#end(thread);
    task.reject(reason);
    this.#next();
  }

  #end(thread: Thread): void {
    this.#threads.delete(thread);
    clearTimeout(thread.idle);
    void thread.worker.terminate();
  }
}

/** A request with pixels of its own, which may be part of something large. */
function copyOf(request: MethodRequest): MethodRequest {
  if ("page" in request) return { ...request, page: pixelsOf(request.page) };
  if ("task" in request) return request;
  return { ...request, part: { ...request.part, part: pixelsOf(request.part.part) } };
}

const pixelsOf = ({ width, height, data }: Plane): Plane => ({
  width,
  height,
  data: ArrayBuffer.isView(data) ? (data as Float32Array).slice() : data,
});
