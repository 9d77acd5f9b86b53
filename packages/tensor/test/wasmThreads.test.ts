import type * as workers from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Heap } from "../src/executors/wasm/heap.js";
import { LoopNest } from "../src/executors/wasm/kernels/loopNest.js";
import { get, i32 } from "../src/executors/wasm/module/instructions.js";
import { ModuleBuilder } from "../src/executors/wasm/module/moduleBuilder.js";
import { startThreads } from "../src/executors/wasm/threads/threads.node.js";
import { webAssembly } from "../src/executors/wasm/webAssembly.js";

/** What happens to the workers that are started, one after the other; then they start. */
const mishaps: ("throws" | "fails" | "ends")[] = [];
const started: workers.Worker[] = [];

vi.mock(import("node:worker_threads"), async (original) => {
  const actual = await original();
  class Worker extends actual.Worker {
    constructor(...[program, options]: ConstructorParameters<typeof actual.Worker>) {
      const mishap = mishaps.shift();
      if (mishap === "throws") throw new Error("ERR_WORKER_INIT_FAILED");
      const programs = { fails: "throw new Error('no more')", ends: "process.exit()" };
      super(mishap ? programs[mishap] : program, options);
      // Where a worker's program is at fault it was online before: here it never is.
      if (mishap) this.once = (name, f) => (name === "online" ? this : super.once(name, f));
      started.push(this);
    }
  }
  return { ...actual, Worker } as typeof actual;
});

/** How often each of `extent` places is reached by `parts` calls of a function that `build` writes. */
async function visits(
  build: (nest: LoopNest) => void,
  extent: number,
  parts: number,
  before = 0,
): Promise<Int32Array> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(extent / 2 ** 14), maximum: 65536 });
  const places = new Int32Array(memory.buffer, 0, extent).fill(before);
  const module = new ModuleBuilder(false);
  const f = module.add("visit", { parameters: ["i32", "i32"], results: [] });
  build(new LoopNest(f, { part: 0, parts: 1 }));
  const { compile, instantiate } = webAssembly();
  const { exports } = await instantiate(await compile(module.encode()), { host: { memory } });
  for (let part = 0; part < parts; part++) exports[f.name]!(part, parts);
  return places;
}

describe("parts of a loop", () => {
  // turns * parts has more than 32 bits: 1024 and 65535 are the chunks of 256 and of some 16384 threads.
  it.each([
    [2 ** 22 + 5, 1024, 1],
    [2 ** 17 + 3, 65535, 1],
    [2 ** 19 - 1, 65535, 4],
    [3, 1024, 1],
  ])("of %d elements in %d parts by steps of %d are all of it, each once", async (extent, parts, step) => {
    const once = await visits(
      (nest) => {
        const axis = { axis: 0, extent, step };
        nest.shareOut([axis]);
        nest.loop(axis, 0, extent, nest.f.code, (code) => {
          const address = [...get(nest.sum([4]))];
          code.add(address, address, i32.load(0), i32.const(1), i32.add, i32.store(0));
        });
      },
      extent,
      parts,
    );
    expect(once.findIndex((count, place) => count !== (place % step === 0 ? 1 : 0))).toBe(-1);
  });

  it("are filled with zeros, all of them", async () => {
    const [extent, parts] = [2 ** 22 + 5, 1024];
    const filled = await visits(
      (nest) => {
        const base = nest.f.local("i32");
        nest.fillWithZeros(nest.f.code, base, 0, extent);
      },
      extent,
      parts,
      1,
    );
    expect(filled.indexOf(1)).toBe(-1);
  });
});

describe("threads of Node", () => {
  afterEach(async () => {
    mishaps.length = 0;
    await Promise.all(started.splice(0).map((worker) => worker.terminate()));
  });

  it.each([
    ["one", ["throws", "fails", "ends"], 1],
    ["none", ["throws", "throws", "fails", "ends"], 0],
  ] as const)("are those that start, where %s does", async (_, happening, expected) => {
    mishaps.push(...happening);
    const { memory } = new Heap(true);
    const threads = await startThreads(memory, new Int32Array(new SharedArrayBuffer(4096)), 4);
    expect(threads).toHaveLength(expected);
    for (const thread of threads) thread.stop();
  });
});
