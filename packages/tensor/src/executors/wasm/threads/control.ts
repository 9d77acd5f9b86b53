/**
 * The memory by which threads are told what to do, in numbers of 32 bits. A job is a call of a function in chunks, of which each thread takes the next until there are none: threads that the system
 * keeps waiting take fewer, and nobody waits for one that has not begun.
 */
export const control = {
  /** Raised when there is a new job: what sleeping threads look at. */
  wake: 0,
  /** The next chunk of a job: chunks in the lower bits, the job's number above. Set when all else of the job is there. */
  next: 1,
  /** Chunks that are done. */
  done: 2,
  /** Whether a chunk failed. */
  failed: 3,
  chunks: 4,
  module: 5,
  function: 6,
  count: 7,
  /** The addresses of the call. */
  addresses: 8,
} as const;

/** Numbers of control memory: a kernel has some hundred addresses at most. */
export const controlLength = 1024;

/** Bits of `next` that count chunks. */
export const chunkBits = 16;

/** Looks at whether something has come before sleeping until it does: some microseconds. */
export const looks = 3000;

/** What a thread is sent. */
export type Message =
  | {
      readonly load: number;
      readonly module: object;
      readonly names: readonly string[];
      /** Functions of the host that the module imports, which threads do not have. */
      readonly host: readonly string[];
    }
  | { readonly drop: number };

/** A thread of the platform that takes chunks of jobs. */
export interface Thread {
  /** What it is sent is received at the next job of a module that it does not know. */
  send(message: Message): void;
  stop(): void;
}

/** Starts threads that share a memory and the memory of jobs, which are the first thing that they are sent. */
export type StartThreads = (memory: object, jobs: Int32Array, count: number) => Promise<readonly Thread[]>;
