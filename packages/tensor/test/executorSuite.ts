import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { Interpreter } from "../src/executors/interpreter/interpreter.js";
import * as T from "../src/index.js";
import { type Executor, type PrimitiveName, type Tensor, tensor } from "../src/index.js";
import { type BinaryName, binaryRows, type UnaryName, unaryRows } from "../src/primitives/elementwise.js";
import type { ConvParams } from "../src/primitives/params.js";
import { apply } from "../src/tensor.js";

type Structural = Exclude<PrimitiveName, UnaryName | BinaryName | "input">;

/** Values between 0.1 and 0.9, where every elementwise function is defined and smooth enough. */
const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => 0.1 + 0.8 * (((i + seed) * 0.618034) % 1)),
    { shape },
  );
const integers = (values: readonly number[]): Tensor => tensor([...values], { dtype: "i32" });
const convolution: ConvParams = {
  stride: [2, 1],
  padding: [
    [1, 0],
    [1, 1],
  ],
  dilation: [1, 1],
  groups: 1,
};

/** A graph with each primitive; the compiler asks for those that are missing. "input" is in every program. */
const structural: { readonly [P in Structural]: () => Tensor } = {
  constant: () => tensor([1.5, -2]),
  full: () => T.full([2, 3], 7),
  iota: () => T.iota([2, 3], 1, "i32"),
  randomBits: () => T.randomBits(T.key(3), [5]),
  select: () => T.where(T.lt(numbers([6]), numbers([6], 2)), numbers([6]), numbers([6], 3)),
  cast: () => T.cast(T.mul(numbers([4]), 10), "i32"),
  sum: () => T.sum(numbers([3, 4, 5]), [0, 2]),
  max: () => T.max(numbers([3, 4]), 0),
  prod: () => T.prod(numbers([3, 4]), 0),
  reshape: () => T.mul(T.reshape(numbers([2, 6]), [3, 4]), 2),
  broadcast: () => T.broadcastTo(numbers([3, 1]), [2, 3, 4]),
  transpose: () => T.transpose(numbers([2, 3, 4]), [2, 0, 1]),
  slice: () => T.slice(numbers([6, 5]), [1, 0], [6, 4], [2, 3]),
  pad: () =>
    T.pad(
      numbers([3, 3]),
      [
        [1, 2],
        [0, 1],
      ],
      "reflect",
    ),
  flip: () => T.flip(numbers([3, 4]), [1]),
  concat: () => T.concat([numbers([2, 3]), numbers([2, 1], 5)], 1),
  gather: () => T.take(numbers([4, 3]), integers([3, 0, 0]), 0),
  argsort: () => T.argsort(numbers([3, 70]), 1, { descending: true }),
  arrange: () => T.sort(numbers([70, 2]), 0),
  fft: () => apply("fft", [numbers([2, 12, 3, 2])], { axis: 1, inverse: false }),
  scatterAdd: () => T.scatterAdd(numbers([3, 2]), integers([1, 1, 3]), 0, 4),
  matmul: () => T.matmul(numbers([2, 3, 4]), numbers([2, 4, 5], 2)),
  conv2d: () => apply("conv2d", [numbers([1, 5, 4, 2]), numbers([3, 3, 2, 3], 4)], convolution),
  convTranspose2d: () =>
    apply("convTranspose2d", [numbers([1, 2, 4, 3]), numbers([3, 3, 2, 3], 4)], {
      ...convolution,
      outputSize: [5, 4],
    }),
  conv2dWeightGradient: () =>
    apply("conv2dWeightGradient", [numbers([1, 5, 4, 2]), numbers([1, 2, 4, 3], 4)], {
      ...convolution,
      kernelSize: [3, 3],
    }),
  identity: () => apply("identity", [numbers([3])], {}),
  stopGradient: () => T.stopGradient(numbers([3])),
  barrier: () => apply("barrier", [numbers([3]), numbers([2])], { id: 1 }),
  customVjp: () => apply("customVjp", [numbers([3]), numbers([2])], { backward: undefined }),
  scan: () => {
    const { carry, ys } = T.scan(
      (state: Tensor, x: Tensor) => ({ carry: T.mul(T.add(state, x), 0.5), y: T.sub(state, x) }),
      numbers([3]),
      numbers([4, 3], 2),
    );
    return T.concat([T.reshape(carry, [1, 3]), ys], 0);
  },
  cond: () =>
    T.cond(
      T.gt(T.sum(numbers([3])), 0),
      (x: Tensor) => T.mul(x, 2),
      (x: Tensor) => T.neg(x),
      numbers([2, 3]),
    ),
  whileLoop: () =>
    T.whileLoop(
      (x: Tensor) => T.lt(T.sum(T.abs(x)), 40),
      (x: Tensor) => T.add(T.mul(x, 2), 1),
      numbers([5]),
      { maxSteps: 20 },
    ),
  kernel: () => T.customKernel(double)(numbers([7])),
  result: () =>
    T.scan((state: Tensor) => ({ carry: T.neg(state), y: state }), numbers([2]), undefined, { length: 3 }).ys,
};

/** Twice each element. */
const double: T.KernelDefinition<[T.Aval], T.Aval> = {
  name: "double",
  wgsl: `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    struct Parameters { size: u32 }
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < p.size) { y[id.x] = 2.0 * x[id.x]; }
    }`,
  outputs: (x) => x,
  workgroups: (x) => Math.ceil(T.sizeOf(x.shape) / 64),
  parameters: (x) => ({ size: T.sizeOf(x.shape) }),
  reference: (x) => x.data.map((value) => 2 * value),
};

const isForIntegers = (accepts: string): boolean => accepts.startsWith("integer");

/** One graph for each primitive. */
function graphs(): [name: string, Tensor][] {
  const unary = Object.entries(unaryRows).map(([name, { accepts }]): [string, Tensor] => [
    name,
    apply(name as UnaryName, [isForIntegers(accepts) ? integers([3, -5]) : numbers([7])], {}),
  ]);
  const binary = Object.entries(binaryRows).map(([name, { accepts }]): [string, Tensor] => {
    const operands = isForIntegers(accepts)
      ? [integers([12, -7]), integers([3, 1])]
      : [numbers([7]), numbers([7], 4)];
    return [name, apply(name as BinaryName, operands, {})];
  });
  return [
    ...unary,
    ...binary,
    ...Object.entries(structural).map(([name, build]): [string, Tensor] => [name, build()]),
  ];
}

const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  expect(found.length, what).toBe(expected.length);
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!) / (1 + Math.abs(expected[i]!));
    expect(error, `${what}, element ${i}: ${found[i]} for ${expected[i]}`).toBeLessThan(1e-5);
  }
};

type State = {
  readonly weights: { readonly w: Tensor; readonly b: Tensor };
  readonly momentum: { readonly w: Tensor; readonly b: Tensor };
  readonly key: Tensor;
  readonly count: Tensor;
};

const start = (): State => ({
  weights: { w: numbers([4, 3]), b: T.zeros([3]) },
  momentum: { w: T.zeros([4, 3]), b: T.zeros([3]) },
  key: T.key(7),
  count: tensor(0, { dtype: "i32" }),
});

/** Descent with momentum on a noisy regression, its gradient written out. */
function step({ weights, momentum, key, count }: State, x: Tensor): { state: State; loss: Tensor } {
  const [now, next] = T.split(key);
  const target = T.add(T.sum(x, 1, { keepDims: true }), T.mul(T.normal(now, [8, 3]), 0.01));
  const difference = T.sub(T.add(T.matmul(x, weights.w), weights.b), target);
  const gradients = { w: T.matmul(T.transpose(x), difference), b: T.sum(difference, 0) };
  const m = T.mapTree((old, g) => T.add(T.mul(old, 0.9), T.mul(g, 0.1)), momentum, gradients);
  return {
    state: {
      weights: T.mapTree((w, g) => T.sub(w, T.mul(g, 0.05)), weights, m),
      momentum: m,
      key: next,
      count: T.add(count, 1),
    },
    loss: T.mean(T.square(difference)),
  };
}

/** What every executor has to do; `open` is called once. */
export function executorSuite(name: string, open: () => Promise<Executor>): void {
  describe(name, () => {
    let device: Executor;
    let other: Executor;
    beforeAll(async () => {
      device = await open();
      other = new Interpreter();
    });
    afterAll(() => {
      (device as Executor & { destroy?(): void }).destroy?.();
    });

    it("has a name", () => {
      expect(device.name).not.toBe("");
      expect(device.limits.valueBytes).toBeGreaterThan(2 ** 20);
    });

    it("computes every primitive", async () => {
      const all = graphs();
      const outputs = all.map(([, output]) => output);
      const expected = interpret(outputs);
      await T.evaluate(outputs, { device });
      for (const [k, [primitive, output]] of all.entries()) {
        expect(output.value!.executor).toBe(device);
        expectClose(await output.data(), expected[k]!, primitive);
      }
    });

    it.each(["f32", "f16", "i32", "u32", "bool"] as const)("keeps values of %s", async (dtype) => {
      if (dtype === "f16" && device instanceof T.Device && !device.traits.features.has("shader-f16")) {
        await expect(T.evaluate(T.add(tensor([1], { dtype }), 1), { device })).rejects.toThrow(/shader-f16/);
        return;
      }
      const x = tensor([0, 1, 1], { dtype });
      await T.evaluate(x, { device });
      const data = await x.data();
      expect([...data]).toEqual([0, 1, 1]);
      expect(data.constructor).toBe((await tensor([0], { dtype }).data()).constructor);
    });

    it("runs a step with donated state as the interpreter does", async () => {
      const here = T.compile(step, { donate: [0], device });
      const there = T.compile(step, { donate: [0], device: other });
      let [state, reference] = [start(), start()];
      for (let n = 0; n < 5; n++) {
        const before = state;
        const [now, expected] = [
          await here(state, numbers([8, 4], n)),
          await there(reference, numbers([8, 4], n)),
        ];
        expectClose(await now.loss.data(), await expected.loss.data(), `loss ${n}`);
        state = now.state;
        reference = expected.state;
        if (n > 0) {
          await expect(before.weights.w.data()).rejects.toThrow(/was donated to compile\(step\)/);
        }
      }
      const expected = T.leavesWithPaths(reference);
      for (const [k, [path, leaf]] of T.leavesWithPaths(state).entries()) {
        expect(leaf.value!.executor).toBe(device);
        expectClose(await leaf.data(), await expected[k]![1].data(), path);
      }
      expect(await state.count.item()).toBe(5);
    });

    it("returns arguments, one value twice, and what does not depend on the arguments", async () => {
      const held = T.mul(numbers([2]), 2);
      const f = T.compile((x: Tensor) => ({ x, twice: [x, T.neg(x), T.neg(x)], held }), { device });
      const x = numbers([2]);
      const { x: same, twice, held: found } = await f(x);
      T.dispose(x);
      T.dispose(twice[1]!);
      const values = [0.1 + 0.8 * 0.618034, 0.1 + 0.8 * (1.236068 % 1)];
      expectClose(await same.data(), values, "argument");
      expectClose(
        await twice[2]!.data(),
        values.map((value) => -value),
        "second",
      );
      expectClose(
        await found.data(),
        values.map((value) => 2 * value),
        "captured",
      );
    });

    it("keeps the arguments of a call that is refused", async () => {
      const f = T.compile((a: Tensor, b: Tensor) => T.add(a, b), { donate: [0], device });
      const x = tensor([1, 2]);
      await expect(f(x, x)).rejects.toThrow(/is donated and used twice/);
      expect([...(await x.data())]).toEqual([1, 2]);
    });

    it("is told apart from another executor, by name", async () => {
      const [x, y] = [tensor([1]), tensor([2])];
      await T.evaluate(x, { device });
      await T.evaluate(y, { device: other });
      await expect(T.evaluate(T.add(x, y))).rejects.toThrow(
        `evaluate: the inputs live on two devices (${device.name} and ${other.name}); read the data`,
      );
      await expect(T.evaluate(T.neg(y), { device })).rejects.toThrow(
        `evaluate: asked to run on ${device.name}, but the inputs live on ${other.name};`,
      );
      const executable = await device.compile(
        {
          nodes: [
            { op: "input", inputs: [], params: {}, shape: [1], dtype: "f32" },
            { op: "neg", inputs: [0], params: {}, shape: [1], dtype: "f32" },
          ],
          inputs: [0],
          outputs: [1],
        },
        [false],
      );
      expect(executable.outputs.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual([
        { shape: [1], dtype: "f32" },
      ]);
      const run = await executable.reserve();
      expect(() => run.start([y.value!])).toThrow(
        `run: the program runs on ${device.name}, but an input lives on ${other.name};`,
      );
      run.cancel();
      const [result] = (await executable.reserve()).start([x.value!]);
      expect([...(await result!.read("f32"))]).toEqual([-1]);
      result!.release();
      result!.release();
      executable.release();
    });

    it("finds what is not finite", async () => {
      const f = T.compile((x: Tensor) => ({ y: T.log(x) }), { debug: { nan: true }, device });
      await expect(f(tensor([1, -1, 1, -2]))).rejects.toThrow(
        /the result "y" .* holds NaN: 2 of 4 elements, the first at \[1\]/,
      );
      await expect(f(tensor([1, Number.POSITIVE_INFINITY]))).rejects.toThrow(
        /argument "0" .* holds infinite values: 1 of 2 elements, the first at \[1\]/,
      );
      expect([...(await (await f(tensor([1, 1]))).y.data())]).toEqual([0, 0]);
    });

    it("says how much memory a program takes, before it is compiled", async () => {
      const f = (x: Tensor): Tensor => T.sum(T.exp(T.matmul(x, x)), 1);
      const { argumentBytes, outputBytes, temporaryBytes } = await T.memoryAnalysis(f, { device })(
        numbers([8, 8]),
      );
      expect([argumentBytes, outputBytes]).toEqual([256, 32]);
      expect(temporaryBytes).toBeGreaterThanOrEqual(0);
    });

    it("explains what it would run, or has no kernels to tune", async () => {
      expect(await T.explain((x: Tensor) => T.tanh(x), { device })(numbers([3]))).toMatch(/tanh/);
      const tuned = T.tune((x: Tensor) => T.tanh(x), { device })(numbers([3]));
      if (device.tune) expect(await tuned).toEqual([]);
      else await expect(tuned).rejects.toThrow(`tune: ${device.name} has no kernels to choose among`);
    });
  });
}
