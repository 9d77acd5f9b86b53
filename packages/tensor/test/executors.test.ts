import { afterAll, describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { Interpreter } from "../src/executors/interpreter/interpreter.js";
import * as T from "../src/index.js";
import { type Executable, type Executor, type Run, type Tensor, tensor, type Value } from "../src/index.js";
import { executorSuite } from "./executorSuite.js";

/** An executor from outside the package: nothing but the interface, and memory that takes its time. */
class Patient implements Executor {
  readonly name = "a patient executor";
  readonly limits: Executor["limits"] = { valueBytes: 2 ** 30 };
  readonly revision = 0;
  readonly #inner = new Interpreter();
  readonly cancelled: Run[] = [];
  /** What is reserved, and how often something was compiled. */
  compiled = 0;

  #wrap(inner: Value): Value & { readonly inner: Value } {
    return {
      inner,
      executor: this,
      read: (dtype) => inner.read(dtype),
      release: () => inner.release(),
    };
  }

  async put(constants: Parameters<Executor["put"]>[0]): Promise<readonly Value[]> {
    await Promise.resolve();
    return this.#inner.put(constants).map((value) => this.#wrap(value));
  }

  async compile(graph: Parameters<Executor["compile"]>[0]): Promise<Executable> {
    this.compiled++;
    const { outputs, reserve, release } = await this.#inner.compile(graph).then((executable) => ({
      outputs: executable.outputs,
      reserve: () => executable.reserve(),
      release: () => executable.release(),
    }));
    return {
      outputs,
      byteLength: 0,
      release,
      reserve: async () => {
        const inner = await reserve();
        const run: Run = {
          start: (inputs) => {
            const foreign = inputs.find(({ executor }) => executor !== this);
            if (foreign) {
              throw new Error(
                `run: the program runs on ${this.name}, but an input lives on ${foreign.executor.name}; move it`,
              );
            }
            // All values of this executor were made by `#wrap`.
            const values = inputs as readonly (Value & { readonly inner: Value })[];
            return inner.start(values.map((value) => value.inner)).map((value) => this.#wrap(value));
          },
          cancel: () => void this.cancelled.push(run),
        };
        return run;
      },
    };
  }

  plannedBytes(): number {
    return 0;
  }

  explain(graph: Parameters<Executor["explain"]>[0]): string {
    return graph.nodes.map(({ op }) => op).join("\n");
  }
}

executorSuite("a WebGPU device", () => T.Device.open());
executorSuite("the float64 interpreter", async () => new Interpreter());
executorSuite("an executor of one's own", async () => new Patient());

describe("what was reserved", () => {
  it("goes back where a call is refused after that, and is used where it is not", async () => {
    const device = new Patient();
    const f = T.compile((a: Tensor, b: Tensor) => T.add(a, b), { donate: [0], device });
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    expect([...(await (await f(x, y)).data())]).toEqual([4, 6]);
    expect(device.cancelled).toEqual([]);
    await expect(f(y, y)).rejects.toThrow(/used twice/);
    expect(device.cancelled.length).toBe(1);
    expect(device.compiled).toBe(1);
  });

  it("goes back where an argument is disposed of meanwhile", async () => {
    const device = new Patient();
    const x = tensor([1, 2]);
    await T.evaluate(x, { device });
    const f = T.compile((a: Tensor) => T.neg(a), { device });
    await f(x);
    const call = f(x);
    x.dispose();
    await expect(call).rejects.toThrow(/was disposed of/);
  });
});

describe("graphs of one structure", () => {
  it("are compiled once per executor", async () => {
    const device = new Patient();
    for (const value of [1, 2, 3]) {
      const x = T.exp(tensor([value]));
      await T.evaluate(x, { device });
      expect(await x.item()).toBeCloseTo(Math.exp(value), 5);
    }
    expect(device.compiled).toBe(1);
  });
});

describe("the interpreter as an executor", () => {
  it("keeps float64 from call to call, and rounds what is read", async () => {
    const device = new Interpreter();
    const third = T.compile((x: Tensor) => T.div(x, 3), { device });
    const back = T.compile((x: Tensor) => T.sub(T.mul(x, 3), 1), { device });
    const x = await third(tensor([1]));
    expect(await x.item()).toBe(Math.fround(1 / 3));
    expect(await (await back(x)).item()).toBe(0);
  });

  it("stores halves as halves where it is told to, and reads halves in any case", async () => {
    const results = [false, true].map(async (roundHalves) => {
      const device = new Interpreter({ roundHalves });
      const x = T.div(tensor([1], { dtype: "f16" }), 3);
      await T.evaluate(x, { device });
      expect(await x.item()).toBe(0.333251953125);
      return (await T.compile((y: Tensor) => T.cast(y, "f32"), { device })(x)).item();
    });
    expect(await Promise.all(results)).toEqual([Math.fround(1 / 3), 0.333251953125]);
  });

  it("rounds floats after each operation where it is told to", () => {
    const x = T.mul(tensor([10]), tensor([0.7]));
    const rounded = interpret([T.floor(x), T.cast(x, "f16")], undefined, { roundFloats: true });
    expect(rounded.map(([value]) => value)).toEqual([7, 7]);
    expect(interpret([T.floor(x)])[0]![0]).toBe(6);
  });

  it("holds values that interpret reads; those on a device have to be read first", async () => {
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    await T.evaluate(x, { device: new Interpreter() });
    await T.evaluate(y);
    expect([...interpret([T.mul(x, 2)])[0]!]).toEqual([2, 4]);
    expect(() => interpret([T.mul(y, 2)])).toThrow(
      "interpret: Tensor(f32 [2]) has its value on a device; interpret before evaluating, or give its values in feeds",
    );
    const read = tensor(await y.data());
    await T.evaluate(T.add(x, read));
    expect([...(await T.add(x, read).data())]).toEqual([4, 6]);
  });

  it("says so where a value is used after its release", async () => {
    const x = tensor([1]);
    await T.evaluate(x, { device: new Interpreter() });
    const value = x.value!;
    x.dispose();
    await expect(value.read("f32")).rejects.toThrow(/after its release/);
    await expect(x.data()).rejects.toThrow(/was disposed of/);
  });
});

describe("the default", () => {
  afterAll(async () => T.setDefaultDevice(await T.Device.open()));

  it("can be another executor, which is no device", async () => {
    const device = new Interpreter();
    T.setDefaultDevice(device);
    expect(await T.defaultExecutor()).toBe(device);
    expect(await T.mul(tensor([1, 2]), 2).data()).toEqual(Float32Array.of(2, 4));
    await expect(T.defaultDevice()).rejects.toThrow(
      "defaultDevice: the float64 interpreter was made the default, which is no device; use defaultExecutor",
    );
  });
});
