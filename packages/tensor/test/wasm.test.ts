import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Heap } from "../src/executors/wasm/heap.js";
import { WasmExecutor, wasmThreads } from "../src/executors/wasm/index.js";
import { Machine } from "../src/executors/wasm/machine.js";
import { WasmProgram } from "../src/executors/wasm/wasmProgram.js";
import { fromHalf, toHalf } from "../src/float16.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { type Tensor, tensor } from "../src/index.js";
import { erf, erfc } from "../src/primitives/erf.js";
import { apply } from "../src/tensor.js";
import { executorSuite } from "./executorSuite.js";
import { device, expectExact, numbers } from "./processor.js";
import { productSuite } from "./productSuite.js";

executorSuite("WebAssembly", async () => new WasmExecutor());

productSuite(expectExact);

describe("elements", () => {
  it("are computed alone and four at a time alike, between borders, and where they are gathered", async () => {
    const x = numbers([5, 23]);
    await expectExact([
      T.mul(T.slice(x, [1, 2], [5, 22]), 3),
      T.pad(
        x,
        [
          [1, 2],
          [3, 1],
        ],
        "reflect",
      ),
      T.concat([T.transpose(x), T.transpose(x)], 1),
      T.where(T.gt(x, 0), T.exp(x), T.floor(T.mul(x, 9))),
      T.take(x, tensor([4, 0, 0], { dtype: "i32" }), 0),
      T.take(x, tensor([22, 0, 5, 5], { dtype: "i32" }), 1),
      T.flip(x, [1]),
      T.cumsum(x, 1),
    ]);
  });

  it("of integers are divided as WGSL divides them", async () => {
    const a = tensor([7, -7, 7, -(2 ** 31), 5, 0, 9, -9], { dtype: "i32" });
    const b = tensor([2, 2, -2, -1, 0, 0, -4, -4], { dtype: "i32" });
    const u = T.cast(a, "u32");
    const w = T.cast(b, "u32");
    await expectExact(
      [
        ...(["div", "rem"] as const).map((op) => apply(op, [a, b], {})),
        ...(["div", "rem"] as const).map((op) => apply(op, [u, w], {})),
      ],
      0,
    );
  });

  it("have functions to a few units in the last place, of numbers of all sizes", async () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    // Each with how many units it may be wrong by.
    const functions: Readonly<Record<string, readonly [(x: number) => number, number]>> = {
      exp: [Math.exp, 1],
      expm1: [Math.expm1, 2],
      log: [Math.log, 2],
      log2: [Math.log2, 3],
      tanh: [Math.tanh, 3],
      sigmoid: [sigmoid, 3],
      erf: [erf, 3],
      erfc: [erfc, 5],
    };
    const special = [
      0,
      -0,
      1,
      -1,
      1 / 0,
      -1 / 0,
      Number.NaN,
      88.7,
      88.8,
      -87.4,
      -88.9,
      -103.9,
      -105,
      1e-45,
      1e-40,
    ];
    const bits = Uint32Array.from({ length: 20_000 }, (_, i) => Math.floor(i * 214_748.3));
    const near = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 500);
    const x = Float32Array.of(...special, ...new Float32Array(bits.buffer), ...near);
    for (const [name, [f, units]] of Object.entries(functions)) {
      const y = apply(name as "exp", [tensor(x)], {});
      await T.evaluate(y, { device });
      const found = await y.data();
      x.forEach((at, i) => {
        const exact = f(at);
        const rounded = Math.fround(exact);
        if (Object.is(found[i], rounded) || found[i] === rounded) return;
        const unit = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23));
        if (!(Math.abs(found[i]! - exact) <= units * unit))
          expect.fail(`${name}(${at}) is ${exact}, got ${found[i]}`);
      });
    }
  });

  it("of odd functions keep the sign of zero", async () => {
    const zeros = tensor([0, -0]);
    for (const f of [T.expm1, T.tanh, T.erf]) {
      const y = f(zeros);
      await T.evaluate(y, { device });
      expect([...(await y.data())], f.name).toEqual([0, -0]);
    }
  });

  it("that change with one loop and not with the one inside are computed between them", async () => {
    const wide = T.broadcastTo(numbers([32]), [8, 16, 32]);
    await expectExact([
      T.mean(wide, 0, { keepDims: true }),
      T.sum(T.mul(wide, T.iota([8, 1, 1], 0, "f32")), 0),
    ]);
  });

  it("that are added up are so in double precision", async () => {
    const many = T.broadcastTo(tensor([0.1]), [3, 100_000]);
    await T.evaluate(many, { device });
    const sums = T.sum(many, 1);
    expect([...(await sums.data())]).toEqual(new Array(3).fill(Math.fround(100_000 * Math.fround(0.1))));
  });
});

describe("sums of halves", () => {
  const halves = (values: readonly number[], shape?: T.Shape): Tensor =>
    tensor(values, { dtype: "f16", ...(shape && { shape }) });

  it("are in f32 where a composed operation needs them, although they are beyond the largest half", async () => {
    const many = T.full([70_000], 0, "f16");
    const [x, points] = [halves([300, 400], [1, 2]), halves([-600, 600, 600, -600], [2, 2])];
    const outputs = [
      T.vectorNorm(x),
      T.matrixNorm(x),
      T.cdist(x, halves([0, 0], [1, 2])),
      T.renorm(x, 2, 0, 1),
      T.avgPool1d(T.full([1, 64, 1], 2000, "f16"), { kernel: 64 }),
      T.max(T.softmax(many)),
      T.max(T.logSoftmax(many)),
      T.logSumExp(many),
      T.corrcoef(points),
    ];
    await expectExact(outputs, 1e-3);
    expect(outputs.map(({ dtype }) => dtype)).toEqual(outputs.map(() => "f16"));
  });
});

describe("halves of a contraction", () => {
  it("are rounded where they lie, and nothing behind them is", async () => {
    const [x, weight] = [T.input([3, 5, 2], "f16"), T.input([2, 1], "f16")];
    const [image, cotangent] = [T.input([1, 4, 3, 3], "f16"), T.input([1, 4, 3, 1], "f16")];
    const placeholders = [x, weight, image, cotangent];
    // 15, 5 and 3 elements: by fours three, one and three are left.
    const outputs = [
      T.matmul(x, weight),
      T.matmul(T.slice(x, [0, 0, 0], [1, 5, 2]), weight),
      T.conv2dWeightGradient(image, cotangent, { kernelSize: [1, 1] }),
    ];
    const terms = [2, 2, 12];
    const machine = new Machine(1);
    const program = await WasmProgram.compile(trace(outputs, placeholders).graph, machine, {});
    const place = (aval: T.Aval): number => machine.heap.allocate(4 * (T.sizeOf(aval.shape) + 4));
    const [inputs, results] = [placeholders.map(place), outputs.map(place)];
    program.reserve();
    const floats = (address: number, count: number): Float32Array =>
      new Float32Array(machine.heap.memory.buffer, address, count);
    // A half, whose square is none.
    const half = 1 + 2 ** -10;
    for (const [k, { shape }] of placeholders.entries()) floats(inputs[k]!, T.sizeOf(shape)).fill(half);
    const neighbour = Math.fround(0.1);
    for (const [k, { shape }] of outputs.entries()) {
      floats(results[k]!, T.sizeOf(shape) + 4).fill(neighbour);
    }
    program.run(inputs, results);
    for (const [k, { shape }] of outputs.entries()) {
      const size = T.sizeOf(shape);
      const expected = new Array(size).fill(fromHalf(toHalf(terms[k]! * half ** 2)));
      expect([...floats(results[k]!, size + 4)]).toEqual([...expected, ...new Array(4).fill(neighbour)]);
    }
  });
});

describe("programs of evaluated graphs", () => {
  it("are one for graphs of one structure, of operations with gradients of their own, too", async () => {
    let compiled = 0;
    const counting = new (class extends WasmExecutor {
      override compile(...args: Parameters<WasmExecutor["compile"]>): ReturnType<WasmExecutor["compile"]> {
        compiled++;
        return super.compile(...args);
      }
    })({ threads: 1 });
    for (let i = 0; i < 3; i++) await T.evaluate(T.i0(tensor([i, 1])), { device: counting });
    expect(compiled).toBe(1);
  });

  it("are told apart by numbers of kernels, whatever these are called", async () => {
    const plus = (name: string, value: number): ((x: Tensor) => Tensor) =>
      T.customKernel({
        name: "plus",
        wgsl: `struct Parameters { ${name}: f32 } @group(0) @binding(0) var<storage, read> x: array<f32>; @group(0) @binding(1) var<storage, read_write> y: array<f32>; @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < arrayLength(&y)) { y[id.x] = x[id.x] + p.${name}; } }`,
        outputs: (x: T.Aval) => x,
        workgroups: () => 1,
        parameters: () => ({ [name]: value }),
        reference: ({ data }) => data.map((x) => x + value),
      });
    for (const name of ["backward", "body", "condition", "branches", "parameters", "nodes", "op"]) {
      for (const value of [0, 1]) {
        const x = tensor([10, 20]);
        const results = [
          plus(name, value)(x),
          T.cond(
            tensor(true),
            () => plus(name, value)(x),
            () => x,
          ),
        ];
        await T.evaluate(results, { device });
        for (const result of results) {
          expect([...(await result.data())], name).toEqual([10 + value, 20 + value]);
        }
        const compiled = await T.compile(plus(name, value), { device })(tensor([1, 2]));
        expect([...(await compiled.data())]).toEqual([1 + value, 2 + value]);
      }
    }
  });

  it("are told apart by numbers of kernels that JSON has not", async () => {
    const limited = (limit: number): ((x: Tensor) => Tensor) =>
      T.customKernel({
        name: "limited",
        wgsl: "struct Parameters { limit: f32 } @group(0) @binding(0) var<storage, read> x: array<f32>; @group(0) @binding(1) var<storage, read_write> y: array<f32>; @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < arrayLength(&y)) { y[id.x] = min(x[id.x], p.limit); } }",
        outputs: (x: T.Aval) => x,
        workgroups: () => 1,
        parameters: () => ({ limit }),
        reference: ({ data }) => data.map((value) => Math.min(value, limit)),
      });
    const limits = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
    const f = T.compile((x: Tensor) => limits.map((limit) => limited(limit)(x)), { device });
    const results = await f(tensor([1, 2]));
    const read = await Promise.all(results.map(async (result) => [...(await result.data())]));
    expect(read).toEqual([
      [1, 2],
      [-Infinity, -Infinity],
      [0, 0],
      [-0, -0],
    ]);
  });
});

describe("threads", () => {
  const several = new WasmExecutor({ threads: 4 });
  afterAll(() => several.destroy());

  it("compute what one computes, to the bit", async () => {
    const step = (x: Tensor, w: Tensor) => {
      const y = T.leakyRelu(T.conv2d(x, w, { padding: 1 }), 0.2);
      const back = T.convTranspose2d(y, w, { padding: 1 });
      const weights = apply("conv2dWeightGradient", [x, y], {
        ...{ stride: [1, 1], dilation: [1, 1], groups: 1, kernelSize: [3, 3] },
        padding: [
          [1, 1],
          [1, 1],
        ],
      });
      return { y, back, weights, mean: T.mean(y, [0, 1, 2]), all: T.sum(T.exp(back)) };
    };
    const results = [];
    for (const on of [device, several]) {
      const run = T.compile(step, { device: on });
      const parts = await run(numbers([2, 40, 37, 12]), numbers([3, 3, 12, 20], 2));
      results.push(await Promise.all(Object.values(parts).map((part) => part.data())));
    }
    expect(results[1]).toEqual(results[0]);
    expect(
      await T.explain(step, { device: several })(numbers([2, 40, 37, 12]), numbers([3, 3, 12, 20], 2)),
    ).toMatch(/ conv2d \[2,40,37,20\], on all threads\n/);
  });

  it("learn programs between others, and forget them", async () => {
    const one = (rows: number, k: number) =>
      T.compile((x: Tensor) => T.sum(T.exp(T.mul(x, k)), 1), { device: rows > 0 ? several : device });
    for (let k = 0; k < 6; k++) {
      const [own, shared] = [await one(0, k)(numbers([64, 3000])), await one(1, k)(numbers([64, 3000]))];
      expect(await shared.data()).toEqual(await own.data());
      if (k % 2) await T.evaluate(T.add(shared, k), { device: several });
    }
  });

  it("are done without once they were stopped", async () => {
    const stopped = new WasmExecutor({ threads: 4 });
    const f = T.compile((x: Tensor) => T.sum(T.exp(x), 1), { device: stopped });
    const before = await (await f(numbers([64, 3000]))).data();
    stopped.destroy();
    expect(await (await f(numbers([64, 3000]))).data()).toEqual(before);
  });

  it("are as many as the machine has at most, and a whole number", () => {
    expect(() => new WasmExecutor({ threads: 0 })).toThrow(
      "WasmExecutor: threads must be a whole number of at least 1, got 0",
    );
    expect(() => new WasmExecutor({ threads: 1.5 })).toThrow(/whole number/);
  });
});

it("lets other work of the process through while it computes", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const step = T.compile((x: Tensor) => T.mul(T.exp(T.neg(x)), 0.5), { device });
  const until = performance.now() + 150;
  for (let x = numbers([1000]); performance.now() < until; x = await step(x)) await device.synchronize();
  clearInterval(timer);
  // Of 150 ms, after each 20.
  expect(turns).toBeGreaterThanOrEqual(2);
});

it("profiles kernels by the names that it explains", async () => {
  const f = (x: Tensor, w: Tensor) => ({ all: T.sum(T.tanh(T.matmul(x, w))), sorted: T.sort(x, 1) });
  const [x, w] = [numbers([8, 12]), numbers([12, 5], 2)] as const;
  const run = T.compile(f, { device });
  await run(x, w);
  const timings = await device.profile(() => run(x, w));
  await run(x, w);
  const text = await T.explain(f, { device })(x, w);
  for (const { label } of timings.kernels) expect(text).toContain(label);
  expect(timings.dispatches[0]!.start).toBe(0);
  const product = timings.kernels.filter(({ flops }) => flops > 0);
  expect(product).toEqual([expect.objectContaining({ dispatches: 1, flops: 2 * 8 * 12 * 5 })]);
  expect(product[0]!.label).toMatch(/matmul \[8,5\]$/);
  expect(timings.kernels.map(({ label }) => label)).toContain("argsort by its reference");
});

describe("memory", () => {
  it("is smaller where there are no addresses for all of it", async () => {
    const { Memory } = WebAssembly;
    const asked: number[] = [];
    class Small extends Memory {
      constructor(size: WebAssembly.MemoryDescriptor) {
        asked.push(size.maximum!);
        if (size.maximum! > 8192) throw new RangeError("could not allocate memory");
        super(size);
      }
    }
    WebAssembly.Memory = Small;
    try {
      const phone = new WasmExecutor({ threads: 1 });
      await expectExact([T.add(numbers([3]), 1)], 1e-6, phone);
      const huge = T.zeros([2 ** 28]);
      await expect(T.evaluate([T.add(huge, 1)], { device: phone })).rejects.toThrow("at most 512 MiB");
    } finally {
      WebAssembly.Memory = Memory;
    }
    expect(asked).toEqual([65536, 32768, 16384, 8192]);
  });

  it("is that of one thread where none can be shared", async () => {
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(size: WebAssembly.MemoryDescriptor) {
        if (size.shared) throw new RangeError("could not allocate memory");
        super(size);
      }
    };
    try {
      await expectExact([T.add(numbers([3]), 1)], 1e-6, new WasmExecutor({ threads: 4 }));
    } finally {
      WebAssembly.Memory = Memory;
    }
  });

  it("is given out without overlap, and all of it comes back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.nat(20)), { maxLength: 60 }),
        (turns) => {
          const heap = new Heap(false);
          const held: { start: number; bytes: number }[] = [];
          for (const [bytes, which] of turns) {
            if (which % 3 === 0 && held.length > 0) {
              heap.release(held.splice(which % held.length, 1)[0]!.start);
              continue;
            }
            const start = heap.allocate(bytes);
            expect(start % 64).toBe(0);
            expect(start).toBeGreaterThan(0);
            for (const other of held) {
              expect(start + bytes <= other.start || other.start + other.bytes <= start).toBe(true);
            }
            held.push({ start, bytes });
          }
          for (const { start } of held) heap.release(start);
          expect(heap.bytesInUse).toBe(0);
          // One piece again.
          expect(heap.allocate(1000)).toBe(64);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("says so where there is no more, and goes on", async () => {
    const small = new WasmExecutor({ threads: 1 });
    const huge = T.zeros([3 * 2 ** 28]);
    await expect(T.evaluate([huge, T.add(huge, 1)], { device: small })).rejects.toThrow(
      /^Device: out of memory: 3072 MiB more are needed, \d+ MiB are in use, and WebAssembly has at most 4096 MiB; use smaller/,
    );
    await expectExact([T.add(numbers([3]), 1)], 1e-6, small);
  });

  it("of what is released is used again", async () => {
    const f = T.compile((x: Tensor) => T.add(x, 1), { donate: [0], device });
    let x = await f(numbers([1000]));
    const { liveBytes } = device.stats();
    for (let turn = 0; turn < 5; turn++) x = await f(x);
    expect(device.stats().liveBytes).toBe(liveBytes);
    const value = x.value!;
    x.dispose();
    await expect(value.read("f32")).rejects.toThrow(/used after its release/);
  });

  it("of programs that nothing refers to any more is given back", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void; // what the flag makes
    const own = new WasmExecutor({ threads: 1 });
    const compiled = async (): Promise<void> => {
      const f = T.compile((x: Tensor) => T.sum(T.mul(T.cumsum(x, 0), T.cumsum(x, 1))), { device: own });
      await (await f(numbers([300, 300]))).data();
    };
    for (let k = 0; k < 4; k++) await compiled();
    // Each has both sums, 300 x 300 of four bytes.
    const perProgram = 2 * 4 * 300 * 300;
    expect(own.stats().liveBytes).toBeGreaterThan(perProgram);
    for (let turn = 0; turn < 20 && own.stats().liveBytes >= perProgram; turn++) {
      collect();
      await sleep(1);
    }
    expect(own.stats().liveBytes).toBeLessThan(perProgram);
  });

  it("of programs in programs is planned", async () => {
    const f = (s: Tensor): Tensor =>
      T.scan((state: Tensor) => ({ carry: T.add(T.mul(state, 0.5), 1), y: state }), s, undefined, {
        length: 3,
      }).carry;
    // Two places for the state and one for what is not stacked.
    expect((await T.memoryAnalysis(f, { device })(numbers([16]))).temporaryBytes).toBe(3 * 64);
  });
});

it("says so where a platform has no WebAssembly", () => {
  const { WebAssembly: api } = globalThis as { WebAssembly?: unknown };
  try {
    Reflect.deleteProperty(globalThis, "WebAssembly");
    expect(() => new WasmExecutor()).toThrow(
      "WasmExecutor: there is no WebAssembly here; use another executor",
    );
    Object.assign(globalThis, { WebAssembly: { validate: () => false } });
    expect(() => new WasmExecutor()).toThrow(/has no 128-bit vectors/);
    expect(wasmThreads()).toBe(0);
  } finally {
    Object.assign(globalThis, { WebAssembly: api });
  }
  expect(wasmThreads()).toBe(availableParallelism());
});
