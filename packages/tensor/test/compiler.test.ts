import { awayFromZero } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { compile, type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

describe("elementwise kernels", () => {
  it("computes unary operations", () =>
    expectMatchesReference(() => {
      const x = awayFromZero([7, 5]);
      const p = T.abs(x);
      return [
        T.neg(x),
        T.abs(x),
        T.sign(x),
        T.floor(x),
        T.ceil(x),
        T.round(x),
        T.sqrt(p),
        T.exp(x),
        T.log(p),
        T.sin(x),
        T.cos(x),
        T.tanh(x),
        T.erf(x),
        T.erfc(x),
        T.sigmoid(x),
        T.expm1(x),
        T.log2(T.add(p, 1)),
        T.atan(x),
        T.asin(T.div(x, T.add(p, 1))),
        T.acos(T.div(x, T.add(p, 1))),
      ];
    }, 1e-5));

  it("computes binary operations with broadcasting", () =>
    expectMatchesReference(() => {
      const x = awayFromZero([3, 4, 5]);
      const row = awayFromZero([5], 2);
      const column = awayFromZero([4, 1], 3);
      return [
        T.add(x, row),
        T.sub(x, column),
        T.mul(row, column),
        T.div(x, row),
        T.maximum(x, column),
        T.minimum(x, 0.25),
        T.pow(T.abs(x), row),
        T.lt(x, row),
        T.where(T.gt(x, column), x, row),
      ];
    }, 1e-5));

  it("computes integers and bools", () =>
    expectMatchesReference(() => {
      const x = tensor(Int32Array.from([-7, -1, 0, 3, 8, 2 ** 31 - 1]));
      const y = tensor(Int32Array.from([2, 3, -4, 5, -6, 7]));
      const u = T.cast(T.abs(y), "u32");
      return [
        T.add(x, y),
        T.mul(x, y),
        T.div(x, y),
        T.rem(x, y),
        T.and(x, y),
        T.or(x, y),
        T.xor(x, y),
        T.shiftLeft(u, 3),
        T.shiftRight(u, 1),
        T.not(T.lt(x, y)),
        T.cast(x, "f32"),
        T.cast(T.lt(x, y), "f32"),
      ];
    }));

  it("computes views in one kernel", () =>
    expectMatchesReference(() => {
      const x = awayFromZero([4, 6, 3]);
      const y = T.mul(x, 2);
      return [
        T.add(T.transpose(y, [2, 0, 1]), 1),
        T.slice(y, [1, 0, 0], [4, 6, 3], [2, 3, 1]),
        T.flip(y, [0, 2]),
        T.pad(y, [
          [1, 2],
          [0, 1],
          [2, 0],
        ]),
        T.pad(
          y,
          [
            [2, 1],
            [3, 0],
            [1, 2],
          ],
          "reflect",
        ),
        T.pad(
          y,
          [
            [2, 1],
            [3, 0],
            [1, 2],
          ],
          "edge",
        ),
        T.concat([y, T.neg(x), y], 1),
        T.take(y, tensor(Int32Array.from([5, 0, 2, 2])), 1),
        T.concat(
          Array.from({ length: 40 }, (_, k) => awayFromZero([4, 1, 3], k + 7)),
          1,
        ),
      ];
    }));

  it("computes random bits, iota and reshapes", () =>
    expectMatchesReference(() => {
      const k = T.key(42);
      const [a, b] = T.split(k) as [Tensor, Tensor];
      return [
        T.randomBits(a, [5, 3]),
        T.uniform(b, [17]),
        T.foldIn(k, 7),
        T.iota([3, 4], 1, "i32"),
        T.reshape(T.transpose(awayFromZero([4, 6])), [3, 8]),
        T.sum(T.reshape(T.mul(awayFromZero([4, 6]), 3), [3, 8]), 0),
      ];
    }));
});

describe("reductions", () => {
  it.each([
    [[6, 5], 0],
    [[6, 5], 1],
    [[6, 5], undefined],
    [
      [2, 3, 4, 5],
      [0, 2],
    ],
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 2],
    ],
    [
      [40, 30, 16],
      [0, 1],
    ],
    [[3, 5000], 1],
    [[5000, 3], 0],
    [[70000], undefined],
  ] as [number[], number | number[] | undefined][])("sums and maxima of %j over %j", (shape, axes) =>
    expectMatchesReference(() => {
      const x = awayFromZero(shape);
      return [T.sum(T.mul(x, x), axes), T.max(x, axes, { keepDims: true }), T.variance(x, axes)];
    }, 1e-5),
  );

  it("fuses a broadcast expression into a softmax", () =>
    expectMatchesReference(
      () => [T.softmax(T.mul(awayFromZero([9, 33]), 3), -1), T.logSumExp(awayFromZero([9, 33]), 0)],
      1e-5,
    ));

  it("sums updates into places", () =>
    expectMatchesReference(() => [
      T.scatterAdd(awayFromZero([6, 3]), tensor(Int32Array.from([0, 2, 2, 4, 0, 2])), 0, 5),
    ]));
});

describe("contractions", () => {
  it("agree under every setting, with what surrounds them", () =>
    expectMatchesReference(() => {
      const x = awayFromZero([2, 8, 8, 16]);
      const w = awayFromZero([4, 4, 16, 32], 2);
      const geometry = { stride: 2, padding: 1 };
      const y = T.relu(T.conv2d(x, w, geometry));
      return [
        y,
        T.convTranspose2d(T.mul(y, 0.1), w, geometry),
        T.conv2dWeightGradient(x, y, { ...geometry, kernelSize: [4, 4] }),
        T.matmul(awayFromZero([2, 33, 40], 3), awayFromZero([40, 17], 4)),
      ];
    }, 1e-4));
});

describe("whole graphs", () => {
  it("agrees with the reference on random expressions", async () => {
    const shapes = [[4, 6], [6], [4, 1], [1, 6], []];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(11), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 25 }),
        (program) =>
          expectMatchesReference(() => {
            const stack: Tensor[] = shapes.map((shape, k) => awayFromZero(shape, k + 1));
            for (const [operation, i, j] of program) {
              const a = stack[i % stack.length]!;
              const b = stack[j % stack.length]!;
              const choices: (() => Tensor)[] = [
                () => T.add(a, b),
                () => T.sub(a, T.mul(b, 0.5)),
                () => T.tanh(T.mul(a, b)),
                () => T.where(T.gt(a, b), a, b),
                () => T.mean(a, a.shape.length ? 0 : undefined, { keepDims: true }),
                () => T.maximum(a, b),
                () => (a.shape.length === 2 ? T.flip(a, [0]) : T.neg(a)),
                () =>
                  a.shape.length === 2 ? T.broadcastTo(T.max(a, 1, { keepDims: true }), a.shape) : T.sin(a),
                () =>
                  a.shape.length === 2 && a.shape[1] === 6
                    ? T.concat(
                        [T.slice(a, [0, 3], [a.shape[0]!, 6]), T.slice(a, [0, 0], [a.shape[0]!, 3])],
                        1,
                      )
                    : a,
                () => (a.shape.length === 1 ? T.reshape(a, [1, a.shape[0]!]) : T.abs(a)),
                () =>
                  a.shape.length === 2
                    ? T.pad(T.slice(a, [0, 0], [1, a.shape[1]!]), [
                        [0, a.shape[0]! - 1],
                        [0, 0],
                      ])
                    : T.exp(T.neg(T.abs(a))),
                () => T.stopGradient(a),
              ];
              stack.push(choices[operation]!());
            }
            return stack.slice(-4);
          }, 1e-4),
      ),
      { numRuns: Number(process.env.CLIDIM_COMPILER_RUNS ?? 15) },
    );
  });
});

describe("compile", () => {
  it("replays a step with donated state in place, creating nothing after the second step", async () => {
    const device = await T.defaultDevice();
    const step = compile(
      (state: { w: Tensor; m: Tensor; count: Tensor }, batch: Tensor) => {
        const m = T.add(T.mul(state.m, 0.9), T.mul(T.sub(state.w, T.mean(batch, 0)), 0.1));
        return { w: T.sub(state.w, T.mul(m, 0.5)), m, count: T.add(state.count, 1) };
      },
      { donate: [0, 1] },
    );
    let state = { w: awayFromZero([8]), m: T.zeros([8]), count: tensor(0) };
    const reference = { w: valuesOf(awayFromZero([8])), m: new Array<number>(8).fill(0) };
    let before = device.stats();
    for (let n = 0; n < 6; n++) {
      const batch = valuesOf(awayFromZero([80], n + 2));
      state = await step(state, tensor(batch, { shape: [10, 8] }));
      for (let i = 0; i < 8; i++) {
        let mean = 0;
        for (let row = 0; row < 10; row++) mean += batch[row * 8 + i]! / 10;
        reference.m[i] = 0.9 * reference.m[i]! + 0.1 * (reference.w[i]! - mean);
        reference.w[i]! -= 0.5 * reference.m[i]!;
      }
      if (n === 1) before = device.stats();
    }
    const after = device.stats();
    expect(after.buffersCreated).toBe(before.buffersCreated);
    expect(after.bindGroupsCreated).toBe(before.bindGroupsCreated);
    expect(after.pipelines).toBe(before.pipelines);
    expect(after.liveBytes).toBe(before.liveBytes);
    const w = await state.w.data();
    reference.w.forEach((value, i) => {
      expect(w[i]).toBeCloseTo(value, 5);
    });
    expect(await state.count.item()).toBe(6);
  });

  it("runs on the device of its arguments, and costs nothing when it refuses", async () => {
    const other = await T.Device.open();
    const f = compile((x: Tensor) => T.mul(x, 2), { donate: [0] });
    const here = await f(tensor([1, 2]));
    const x = tensor([3, 4]);
    await T.evaluate(x, { device: other });
    const there = await f(x);
    expect(there.value!.executor).toBe(other);
    expect([...(await there.data())]).toEqual([6, 8]);
    other.destroy();
    expect([...(await (await f(here)).data())]).toEqual([4, 8]);

    const both = compile((a: Tensor, b: Tensor) => T.add(a, b), { donate: [0] });
    const state = await f(tensor([1, 1]));
    await expect(both(state, state)).rejects.toThrow(/donated and used twice/);
    expect([...(await state.data())]).toEqual([2, 2]);
  });

  it("explains what it would run", async () => {
    const text = await T.explain((x: Tensor) => T.sum(T.mul(x, 2), 0))(awayFromZero([6, 4]));
    expect(text).toMatch(/%1 = full value=2 : f32 \[6,4\]/);
    expect(text).toMatch(/1 kernels\nreduce: %\d+ sum \[1,4\]/);
    expect(text).toMatch(/bytes in all/);
  });

  it("binds the same buffers in every turn of a loop that updates its weights twice", async () => {
    const device = await T.defaultDevice();
    type Weights = Record<string, Tensor>;
    type State = { readonly w: Weights; readonly m: Weights; readonly n: Weights };
    /** One step with momentum; all weights look at one product of all of them. */
    const update = (w: Weights, m: Weights): { w: Weights; m: Weights } => {
      const all = T.concat(Object.values(w), 0);
      const product = T.tanh(T.matmul(all, awayFromZero([8, 8], 5)));
      const gradient = Object.fromEntries(
        Object.keys(w).map((name, k) => [name, T.slice(product, [2 * k, 0], [2 * k + 2, 8])]),
      );
      const next = T.mapTree((x, g) => T.add(T.mul(x, 0.5), g), m, gradient);
      return { w: T.mapTree((x, g) => T.sub(x, T.mul(g, 0.1)), w, next), m: next };
    };
    const twice = ({ w, m, n }: State): State => {
      const first = update(w, m);
      const second = update(first.w, n);
      return { w: second.w, m: first.m, n: second.m };
    };
    const names = ["f", "b", "e", "a", "d", "c"];
    const zeros = (): Weights => Object.fromEntries(names.map((name) => [name, T.zeros([2, 8])]));
    const start = (): State => ({
      w: Object.fromEntries(names.map((name, k) => [name, awayFromZero([2, 8], k + 1)])),
      m: zeros(),
      n: zeros(),
    });
    const step = compile(twice, { donate: [0] });
    let state = start();
    let plain = start();
    let before = device.stats();
    for (let n = 0; n < 8; n++) {
      state = await step(state);
      plain = twice(plain);
      if (n === 1) before = device.stats();
    }
    expect(device.stats().bindGroupsCreated).toBe(before.bindGroupsCreated);
    expect(device.stats().buffersCreated).toBe(before.buffersCreated);
    for (const name of names) {
      const [expected] = interpret([plain.w[name]!]);
      const actual = await state.w[name]!.data();
      actual.forEach((value, i) => {
        expect(value).toBeCloseTo(expected![i]!, 4);
      });
    }
  });

  it("binds the same buffers in every turn of a loop over many values of one size", async () => {
    const device = await T.defaultDevice();
    const names = ["a", "b", "c", "d", "e", "f"];
    const zeros = (): Record<string, Tensor> => Object.fromEntries(names.map((name) => [name, T.zeros([8])]));
    const step = compile(
      (state: { w: Record<string, Tensor>; m: Record<string, Tensor>; v: Record<string, Tensor> }) => {
        const g = T.mapTree((w) => T.sub(T.mul(w, 0.5), 1), state.w);
        const m = T.mapTree((x, y) => T.add(T.mul(x, 0.5), y), state.m, g);
        const v = T.mapTree((x, y) => T.add(T.mul(x, 0.9), T.mul(y, y)), state.v, g);
        const w = T.mapTree((x, y, z) => T.sub(x, T.div(y, T.add(T.sqrt(z), 1))), state.w, m, v);
        return { w, m, v };
      },
      { donate: [0] },
    );
    let state = { w: zeros(), m: zeros(), v: zeros() };
    let before = device.stats();
    for (let n = 0; n < 8; n++) {
      state = await step(state);
      if (n === 1) before = device.stats();
    }
    expect(device.stats().bindGroupsCreated).toBe(before.bindGroupsCreated);
    expect(device.stats().buffersCreated).toBe(before.buffersCreated);
    let [w, m, v] = [0, 0, 0];
    for (let n = 0; n < 8; n++) {
      const g = 0.5 * w - 1;
      m = 0.5 * m + g;
      v = 0.9 * v + g * g;
      w -= m / (Math.sqrt(v) + 1);
    }
    expect((await state.w.f!.data())[0]).toBeCloseTo(w, 5);
  });

  it("keeps a result that took over donated memory when later kernels read it", async () => {
    const step = compile(
      (state: { w: Tensor; average: Tensor }) => {
        const w = T.mul(state.w, 2);
        const total = T.sum(w);
        return { w, average: T.add(T.mul(state.average, 0.5), T.mul(w, total)) };
      },
      { donate: [0] },
    );
    const { w, average } = await step({ w: tensor([1, 2, 3]), average: tensor([8, 8, 8]) });
    expect([...(await w.data())]).toEqual([2, 4, 6]);
    expect([...(await average.data())]).toEqual([28, 52, 76]);
  });

  it("refuses a donated tensor that is used again", async () => {
    const double = compile((x: Tensor) => T.mul(x, 2), { donate: [0] });
    const x = awayFromZero([4]);
    const y = await double(x);
    await expect(double(x)).rejects.toThrow(/donated/);
    expect((await y.data())[0]).toBeCloseTo(valuesOf(awayFromZero([4]))[0]! * 2, 6);
  });

  it("compiles once per signature and closes over constants", async () => {
    const scale = awayFromZero([3], 5);
    const expected = interpret([scale])[0]!;
    let traces = 0;
    const f = compile((x: Tensor) => {
      traces++;
      return [T.mul(x, scale), x] as const;
    });
    for (const rows of [2, 4, 2]) {
      const [y, same] = await f(T.ones([rows, 3]));
      expect([...(await y.data())]).toEqual(Array.from({ length: rows * 3 }, (_, i) => expected[i % 3]));
      expect([...(await same.data())]).toEqual(new Array(rows * 3).fill(1));
    }
    expect(traces).toBe(2);
  });
});

describe("the limits of a device", () => {
  it("are kept: few buffers per kernel, many operations, large broadcasts", async () => {
    const device = await T.Device.open({
      validation: true,
      kernels: "gpu",
      limits: { maxStorageBuffersPerShaderStage: 8 },
    });
    const of = (n: number, seed: number): Tensor[] =>
      Array.from({ length: n }, (_, k) => awayFromZero([37], seed + k));
    const total = (parts: Tensor[]): Tensor =>
      T.reshape(
        parts.reduce((a, b) => T.add(a, b)),
        [1, 37],
      );
    const wide = T.add(total(of(7, 1)), total(of(7, 20)));
    let deep = awayFromZero([3], 5);
    for (let k = 0; k < 2000; k++) deep = T.mul(T.add(deep, 0.001), 0.999);
    const outputs = [wide, deep];
    const expected = interpret(outputs);
    await T.evaluate(outputs, { device });
    for (const [k, output] of outputs.entries()) {
      const actual = await output.data();
      actual.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[k]![i]!, 3);
      });
    }
    const grid = T.add(T.iota([190, 1], 0, "f32"), T.iota([1, 70001], 1, "f32"));
    await T.evaluate(grid, { device });
    const grown = await grid.data();
    for (const [i, j] of [
      [0, 0],
      [189, 70000],
      [100, 3],
      [7, 69999],
    ] as const) {
      expect(grown[i * 70001 + j]).toBe(i + j);
    }
    device.destroy();
  });

  it("one value that is asked for several times at once is computed into one place", async () => {
    const device = await T.defaultDevice();
    const x = await compile((a: Tensor) => T.mul(a, 2))(awayFromZero([1000]));
    const before = device.stats().liveBytes;
    const y = T.exp(x);
    await Promise.all([y.data(), y.data(), y.data()]);
    expect(device.stats().liveBytes - before).toBeLessThanOrEqual(4000);
  });
});

describe("debugging", () => {
  it("refuses options that there are not", async () => {
    const options = { debug: { nans: true } } as unknown as T.CompileOptions;
    expect(() => compile((x: Tensor) => x, options)).toThrow(
      'debug: there is no option "nans"; options are nan',
    );
    expect(() => compile((x: Tensor) => x, { donat: [0] } as unknown as T.CompileOptions)).toThrow(
      'there is no option "donat"',
    );
    await expect(T.evaluate(tensor(1), { on: 1 } as unknown as T.CompileOptions)).rejects.toThrow(
      'evaluate: there is no option "on"',
    );
  });

  it("names the result that holds a NaN", async () => {
    const f = compile((x: Tensor) => ({ loss: T.log(x) }), { debug: { nan: true } });
    await expect(f(tensor([1, -1]))).rejects.toThrow(/loss/);
    await expect(f(tensor([1, 2]))).resolves.toBeDefined();
  });

  it("uploads an odd number of halves", async () => {
    expect([...(await tensor([1, 2, 3], { dtype: "f16" }).data())]).toEqual([1, 2, 3]);
  });

  it("computes a value once that a change of shape and a broadcast repeat", () =>
    expectMatchesReference(() => {
      const x = awayFromZero([24]);
      const rows = T.reshape(T.exp(x), [1, 24]);
      return [T.sum(T.where(T.gt(awayFromZero([24, 24], 3), 0), T.broadcastTo(rows, [24, 24]), 0), 1)];
    }, 1e-5));
});

describe("devices", () => {
  it("tells the time of each kernel, as a table and as a trace", async () => {
    const device = await T.defaultDevice();
    const timings = await device.profile(() => T.evaluate(T.sum(T.exp(awayFromZero([64, 64])), 0)));
    expect(timings.toString()).toMatch(/reduce sum/);
    const { traceEvents } = JSON.parse(timings.toChromeTrace()) as {
      traceEvents: { name: string; ts: number }[];
    };
    expect(traceEvents).toHaveLength(timings.dispatches.length);
    expect(traceEvents[0]).toMatchObject({ name: "reduce sum", ph: "X", ts: 0 });
  });

  it("opens several, with features and limits of one's own, and refuses what the adapter has not", async () => {
    const small = await T.Device.open({ limits: { maxStorageBufferBindingSize: 1024 } });
    const x = tensor(new Float32Array(1024));
    await expect(T.evaluate(x, { device: small })).rejects.toThrow(
      /4096 bytes is above this adapter's limit of 1024/,
    );
    await T.evaluate(x);
    const y = awayFromZero([4]);
    await T.evaluate(y, { device: small });
    await expect(T.evaluate(T.add(T.sum(x), y))).rejects.toThrow(/two devices/);
    small.destroy();
    await expect(T.Device.open({ features: ["time-travel"] })).rejects.toThrow(/lacks time-travel/);
    await expect(T.Device.open({ limits: { maxBufferSize: 2 ** 50 } })).rejects.toThrow(
      /maxBufferSize .* offers/,
    );
  });

  it("rejects whatever waits for a device that is lost", async () => {
    const device = await T.Device.open();
    const x = awayFromZero([1000]);
    await T.evaluate(x, { device });
    const reading = x.data();
    device.destroy();
    await expect(reading).rejects.toThrow(T.DeviceError);
    await expect(T.evaluate(T.exp(x))).rejects.toThrow(/Device: lost/);
  });
});
