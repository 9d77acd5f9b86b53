import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { cutPlane, type Image, InputError, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { methodThreads } from "@clidim/methods/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { MethodThreads } from "../../src/inference/methodThreads.js";
import { type ClassicalMethod, methodId } from "../../src/protocol/method.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const stack = at("stack.tif");
const single = at("single.tif");
const numbered = at("numbered.tif");
const SIZE = 24;

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 4, size: SIZE, scenes: 1, frames: 7, photons: 20 });
  const pages = scene!.noisy.map(
    (page): Image<"float32"> => ({ ...page, dtype: "float32", data: Float32Array.from(page.data) }),
  );
  pages[2]!.data.fill(100);
  pages[4]!.data.set([Number.NaN, Number.POSITIVE_INFINITY], 40);
  await writeImageFile(stack, pages);
  await writeImageFile(single, scene!.noisy.slice(0, 1));
  // Pages with their number in them, and something to be seen.
  const counted = [0, 1, 2, 3, 4].map((number): Image => {
    const data = new Float32Array(SIZE ** 2).fill(number);
    data[0] = 9;
    return { width: SIZE, height: SIZE, dtype: "float32", data };
  });
  await writeImageFile(numbered, counted);
});

/** Adds 10, but in a thread `behaving` adds 20; page 3 is refused. */
const adding: ClassicalMethod = {
  ...methods.classicalNamed("gaussian"),
  name: "adding",
  slow: true,
  smallest: 1,
  *fit() {
    yield;
    return {};
  },
  describe: () => "10",
  apply: ({ width, height, data }) => {
    if (data[1] === 3) throw new InputError("3 is refused");
    return { width, height, data: Float32Array.from(data, (value) => value + 10) };
  },
};

/** Threads that add 20 to pages, to the first ones last; `special` is what they do with page 1. */
const behaving = (special: string, begin = 'parentPort.postMessage("ready");'): MethodThreads =>
  new MethodThreads({
    count: 3,
    methods: [adding],
    start: () =>
      new Worker(
        `const { parentPort } = require("node:worker_threads");
        ${begin}
        parentPort.on("message", ({ page: { width, height, data } }) => {
          if (data[1] === 1) { ${special} }
          parentPort.postMessage({ part: 0.5 });
          const page = { width, height, data: data.map((value) => value + 20) };
          setTimeout(() => parentPort.postMessage({ page }), 40 - 10 * data[1]);
        });`,
        { eval: true },
      ),
  });

/** What is added to each page. */
async function added(name: string, threads: MethodThreads, pages = "#0-2"): Promise<number[]> {
  const { denoised } = await denoiseFiles({
    ...{ method: adding, files: [`${numbered}${pages}`], out: at(name), threads },
  });
  const result = await readStack(denoised[0]!.output);
  return result.pages.map(({ data }, number) => data[1]! - number);
}

test("several pages at once give the same file as one after the other, and progress to its end", async () => {
  const denoise = async (out: string, threads?: MethodThreads): Promise<Buffer> => {
    const done: number[] = [];
    const { denoised } = await denoiseFiles(
      { method: methods.classicalNamed("bm3d"), files: [stack], out: at(out), threads },
      { onProgress: (progress) => done.push(progress.done) },
    );
    expect(denoised[0]).toMatchObject({ pages: 7, blank: [2], missing: 2 });
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(7);
    return readFileSync(denoised[0]!.output);
  };
  const alone = await denoise("alone");
  expect(await denoise("by-one", methodThreads(1))).toEqual(alone);
  expect(await denoise("by-three", methodThreads(3))).toEqual(alone);
});

/** What threads were asked for by and by. */
function asked(threads: MethodThreads): string[] {
  const kinds: string[] = [];
  const run = threads.run.bind(threads);
  threads.run = (method, request, ...rest) => {
    kinds.push("task" in request ? "task" : "page");
    return run(method, request, ...rest);
  };
  return kinds;
}

test("one page in several threads gives the same file as in one, and progress to its end", async () => {
  const [high] = simulateScenes({ seed: 5, size: 180, scenes: 1, frames: 1, photons: 20 });
  const { data } = cutPlane(high!.noisy[0]!, { x: 0, y: 0, width: SIZE, height: 180 });
  const page: Image<"float32"> = {
    width: SIZE,
    height: 180,
    dtype: "float32",
    data: Float32Array.from(data),
  };
  await writeImageFile(at("high.tif"), [page]);
  const denoise = async (out: string, threads?: MethodThreads): Promise<Buffer> => {
    const done: number[] = [];
    const { denoised } = await denoiseFiles(
      { method: methods.classicalNamed("bm3d"), files: [at("high.tif")], out: at(out), threads },
      { onProgress: (progress) => done.push(progress.done) },
    );
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(1);
    return readFileSync(denoised[0]!.output);
  };
  const alone = await denoise("high-alone");
  const two = methodThreads(2);
  const kinds = asked(two);
  expect(await denoise("high-by-two", two)).toEqual(alone);
  expect(kinds).toEqual(["task", "task", "task", "task"]);
  // What fails there is done here, strip by strip.
  const start = (): Worker =>
    new Worker(
      `const { parentPort } = require("node:worker_threads");
      parentPort.postMessage("ready");
      parentPort.on("message", () => parentPort.postMessage("failed"));`,
      { eval: true },
    );
  const failing = new MethodThreads({ count: 2, methods: methods.classical, start });
  expect(await denoise("high-by-none", failing)).toEqual(alone);
});

test("a method is chosen in threads as it is in one", async () => {
  const choose = async (out: string, threads?: MethodThreads) => {
    const options = { methods, method: "automatic", files: [single], out: at(out), threads } as const;
    const { denoised } = await denoiseFiles(options);
    return [denoised[0]!.chosen, readFileSync(denoised[0]!.output)];
  };
  expect(await choose("chosen-by-two", methodThreads(2))).toEqual(await choose("chosen-alone"));
});

test("pages are written in order, whichever is finished first", async () => {
  expect(await added("in-order", behaving(""))).toEqual([20, 20, 20]);
});

test.each([
  ["ends in the midst", "process.exit(7);", [20, 10, 20]],
  ["throws in the midst", 'throw new Error("no memory");', [20, 10, 20]],
  ["fails", 'parentPort.postMessage("failed"); return;', [20, 10, 20]],
])("what a thread leaves that %s is done in the calling one", async (what, special, expected) => {
  expect(await added(what, behaving(special))).toEqual(expected);
});

test("where no thread starts, all is done in the calling one", async () => {
  expect(await added("ends-at-once", behaving("", "process.exit(1);"))).toEqual([10, 10, 10]);
  const start = (): Worker => {
    throw new Error("no more threads");
  };
  const none = new MethodThreads({ count: 3, methods: [adding], start });
  expect(none.count).toBe(3);
  expect(await added("none", none)).toEqual([10, 10, 10]);
  expect(none.count).toBe(1);
  const others = new MethodThreads({ count: 3, methods: [], start });
  expect(await added("of-other-methods", others)).toEqual([10, 10, 10]);
});

test("what is wrong with a page is told of its file, which is not written", async () => {
  const refusing = new MethodThreads({
    count: 2,
    methods: [adding],
    start: () =>
      new Worker(
        `const { parentPort } = require("node:worker_threads");
        parentPort.postMessage("ready");
        parentPort.on("message", () => parentPort.postMessage("failed"));`,
        { eval: true },
      ),
  });
  await expect(added("refused", refusing, "")).rejects.toThrow("3 is refused");
  expect(existsSync(at("refused")) ? readdirSync(at("refused")) : []).toEqual([]);
});

test("a signal ends what is at work, and nothing is left", async () => {
  const aborting = new AbortController();
  const denoising = denoiseFiles(
    { method: adding, files: [numbered], out: at("aborted"), threads: behaving("for (;;);") },
    {
      signal: aborting.signal,
      onProgress: ({ done }) => {
        // Page 1 runs for ever.
        if (done === 1) setTimeout(() => aborting.abort(new Error("enough")), 20);
      },
    },
  );
  await expect(denoising).rejects.toThrow("enough");
  expect(existsSync(at("aborted")) ? readdirSync(at("aborted")) : []).toEqual([]);
});

test("a signal of many tasks is listened to once, ends all of them, and is let go", async () => {
  const threads = behaving("for (;;);");
  const { signal, ...aborting } = watchedSignal();
  const page = { width: 1, height: 1, data: new Float64Array(1) };
  const request = { method: methodId(adding), parameters: {}, page, noise: undefined };
  const tasks = Array.from({ length: 40 }, () => threads.run(adding, request, { signal }));
  const settled = Promise.allSettled(tasks);
  expect(aborting.listeners()).toBe(1);
  aborting.abort(new Error("enough"));
  for (const task of await settled) {
    expect(task).toMatchObject({ status: "rejected", reason: { message: "enough" } });
  }
  expect(aborting.listeners()).toBe(0);
});

/** A signal whose listeners are counted. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (type: string, listener: EventListener) => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return { signal, abort: (reason: unknown) => controller.abort(reason), listeners: () => listeners.size };
}

test("counts of threads are whole numbers", () => {
  expect(() => methodThreads(0)).toThrow("expected a whole number of threads, at least 1, got 0");
});
