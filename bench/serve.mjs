import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * One implementation as a child process that does what it is told, a line of JSON at a time: requests on standard input,
 * replies on file descriptor 3.
 *
 * @typedef {object} Prepared one piece of work, ready to be repeated
 * @property {() => unknown} run queues it once, without waiting for the device
 * @property {boolean} [waits] `run` waits all the same
 * @property {() => Promise<void>} finish waits for everything queued
 * @property {() => Promise<object>} [result] figures to compare with other implementations'
 * @property {() => void} [dispose]
 *
 * @typedef {object} Implementation
 * @property {() => Promise<object>} start opens the device; what it says about itself
 * @property {(row: object) => Promise<Prepared>} prepare rejects where the row is not supported
 * @property {import("./gpuCalls.mjs").GpuCalls} [calls] counts what it asks of WebGPU
 * @property {() => void} [forgetDurations] called after the first run, which compiles
 *
 * @param {Implementation} implementation
 */
export function serve(implementation) {
  /** @type {Prepared | undefined} */
  let prepared;
  const { calls } = implementation;

  const requests = {
    start: () => implementation.start(),

    /** Everything until the first result is there, compilation included. */
    async prepare({ row }) {
      prepared?.dispose?.();
      prepared = undefined;
      calls?.beginRow();
      const began = performance.now();
      prepared = await implementation.prepare(row);
      await prepared.run();
      await prepared.finish();
      const milliseconds = performance.now() - began;
      implementation.forgetDurations?.();
      return { milliseconds, result: (await prepared.result?.()) ?? {} };
    },

    /** Milliseconds per call of `times` calls in a row, and those that this thread was busy until all were queued. */
    async time({ times }) {
      const began = performance.now();
      const busy = threadMilliseconds();
      for (let i = 0; i < times; i++) await prepared.run();
      const host = (threadMilliseconds() - busy) / times;
      await prepared.finish();
      return { milliseconds: (performance.now() - began) / times, ...(!prepared.waits && { host }) };
    },

    /** What one call asks of WebGPU when everything is warm, and the most memory that there was at once. */
    async count() {
      calls?.start();
      await prepared.run();
      const counted = calls?.stop() ?? {};
      await prepared.finish();
      return { ...counted, residentBytes: process.resourceUsage().maxRSS * 1024 };
    },

    async quit() {
      prepared?.dispose?.();
      return {};
    },
  };

  let last = Promise.resolve();
  createInterface({ input: process.stdin }).on("line", (line) => {
    last = last.then(async () => {
      const request = JSON.parse(line);
      let reply;
      try {
        reply = { ok: true, value: await requests[request.do](request) };
      } catch (error) {
        reply = { ok: false, error: error instanceof Error ? error.message : String(error) };
        if (process.env.CLIDIM_BENCH_DEBUG) console.error(error);
      }
      writeSync(3, `${JSON.stringify(reply)}\n`);
      // A device that is still open would keep the process alive.
      if (request.do === "quit") process.exit(0);
    });
  });
}

/** Processor time of this thread: JavaScript and the encoding that it calls, not the driver's threads. Linux; elsewhere wall time. */
function threadMilliseconds() {
  if (process.platform !== "linux") return performance.now();
  // The kernel adds up a thread's time when it leaves the processor.
  Atomics.wait(nothing, 0, 0, 0.01);
  return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ", 1)[0]) / 1e6;
}

const nothing = new Int32Array(new SharedArrayBuffer(4));
