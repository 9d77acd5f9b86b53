import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { DeviceBuffer } from "../src/executors/webgpu/device/buffer.js";
import type { Program } from "../src/executors/webgpu/program.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { compile, evaluate, type Tensor, tensor } from "../src/index.js";

const MiB = 2 ** 20;

/** Gives a device so much memory for buffers that are made from now on; how much of it is in use. */
function limitMemory(device: T.Device, bytes: number): () => number {
  const { gpu } = device;
  const [create, pop] = [gpu.createBuffer.bind(gpu), gpu.popErrorScope.bind(gpu)];
  let used = 0;
  let refused = false;
  gpu.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const { size } = descriptor;
    const destroy = buffer.destroy.bind(buffer);
    let counted = true;
    buffer.destroy = () => {
      if (counted) used -= size;
      counted = false;
      destroy();
    };
    used += size;
    if (used > bytes) refused = true;
    return buffer;
  };
  gpu.popErrorScope = async () => {
    const [error, failed] = [pop(), refused];
    refused = false;
    // A stand-in for what the driver would have said.
    return failed ? ({ message: "no memory" } as GPUError) : error;
  };
  return () => used;
}

describe("the default device", () => {
  it("is looked for again where there was none", async () => {
    const open = vi.spyOn(T.Device, "open").mockRejectedValueOnce(new Error("no adapter"));
    await expect(T.defaultDevice()).rejects.toThrow("no adapter");
    open.mockRestore();
    expect(await T.defaultDevice()).toBeInstanceOf(T.Device);
  });
});

describe("a device", () => {
  it("rejects a kernel that does not compile, and goes on", async () => {
    for (const validation of [false, true]) {
      const device = await T.Device.open({ validation });
      const kernel = (code: string, bindings: "read"[] = []) =>
        device.pipeline({ label: "mine", code, bindings, immediateSize: 0 });
      await expect(kernel("fn main( {")).rejects.toThrow(/^Device: kernel mine does not compile: 1:/);
      // Without validation Dawn takes it that there is an entry point.
      const other = "@compute @workgroup_size(1) fn other() {}";
      if (validation) await expect(kernel(other)).rejects.toThrow(/^Device: kernel mine: .*main/s);
      const x = tensor([1, 2]);
      await evaluate(x, { device });
      expect([...(await T.mul(x, 2).data())]).toEqual([2, 4]);
      device.destroy();
    }
  });

  it("says how far its kernels are", async () => {
    const device = await T.Device.open();
    const x = tensor([1, 2]);
    await evaluate(x, { device });
    const seen: T.Compilation[] = [];
    const stop = device.watchCompilation((compilation) => seen.push(compilation));
    const before = device.stats().pipelines;
    const values = (): T.Tensor[] => [T.mul(x, 3), T.sum(x), T.exp(x)];
    await evaluate(values(), { device });
    const made = device.stats().pipelines - before;
    expect(made).toBeGreaterThan(0);
    expect(seen).toEqual(Array.from({ length: made }, (_, k) => ({ done: k + 1, total: made })));
    // Those of another burst are counted anew; one that does not compile is no longer waited for.
    const kernel = { label: "mine", code: "fn main( {", bindings: [], immediateSize: 0 };
    await expect(device.pipeline(kernel)).rejects.toThrow("does not compile");
    await evaluate(values(), { device });
    expect(seen.slice(made)).toEqual([{ done: 1, total: 1 }]);
    stop();
    await evaluate(T.tanh(x), { device });
    expect(seen).toHaveLength(made + 1);
    device.destroy();
  });

  it("tells a call that validation refused to those who use its results, and goes on", async () => {
    const device = await T.Device.open({ validation: true });
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    await evaluate([x, y], { device });
    const twice = compile(function twice(a: Tensor) {
      return T.mul(a, 2);
    });
    await twice(y);
    (x.value as DeviceBuffer).buffer.destroy();
    const refused = await twice(x);
    // Whether it is known already or not.
    const used = async (): Promise<unknown> => (await twice(refused)).data();
    await expect(used()).rejects.toThrow(/^Device: .*destroyed/s);
    const bytes = limitMemory(device, MiB);
    await expect(refused.data()).rejects.toThrow(T.DeviceError);
    expect(bytes()).toBe(0);
    await expect(used()).rejects.toThrow(T.DeviceError);
    expect([...(await (await twice(y)).data())]).toEqual([6, 8]);
    await device.synchronize();
    device.destroy();
  });

  it("is told apart from another on the same adapter", async () => {
    const [one, two] = [await T.Device.open(), await T.Device.open()];
    expect(one.toString()).not.toBe(two.toString());
    expect(two.toString()).toMatch(/^device \d+: ./);
    one.destroy();
    two.destroy();
  });
});

describe("a device without memory", () => {
  it("rejects the call, keeps its arguments, and goes on", async () => {
    const device = await T.Device.open();
    const x = T.ones([MiB / 4]);
    await evaluate(x, { device });
    limitMemory(device, 3 * MiB);
    const grow = compile((state: Tensor) => T.concat([state, state, state, state], 0), { donate: [0] });
    await expect(grow(x)).rejects.toThrow(
      /^Device: out of memory \(\d+ bytes live, \d+ at the peak, \d+ pooled\); use a smaller batch, crop or tile/,
    );
    await expect(grow(x)).rejects.toMatchObject({ name: "DeviceError", kind: "outOfMemory" });
    expect(await T.sum(x).item()).toBe(MiB / 4);
    expect(device.stats()).toMatchObject({ pooledBytes: 0 });
    await expect(evaluate(tensor(new Float32Array(MiB)), { device })).rejects.toThrow(/out of memory/);
    await evaluate(tensor(new Float32Array(MiB / 8)), { device });
    device.destroy();
  });

  it("hands what was refused to nobody else", async () => {
    const device = await T.Device.open();
    limitMemory(device, MiB);
    const before = device.stats();
    const written = vi.spyOn(device.gpu.queue, "writeBuffer");
    let second: Promise<DeviceBuffer> | undefined;
    const ask = async (then: () => void): Promise<DeviceBuffer> => {
      let buffer: DeviceBuffer | undefined;
      return device.memory.reserve(
        () => {
          buffer = device.allocate(2 * MiB);
          return buffer;
        },
        () => {
          buffer?.release();
          then();
        },
      );
    };
    const first = ask(() => {
      // While the first one looks for memory.
      queueMicrotask(() => {
        second ??= ask(() => undefined);
        second.catch(() => undefined);
      });
    });
    await expect(first).rejects.toThrow(/out of memory/);
    await expect(second).rejects.toThrow(/out of memory/);
    expect(device.stats()).toMatchObject({ liveBytes: before.liveBytes, pooledBytes: 0 });

    const { peakBytes } = device.stats();
    await expect(evaluate(tensor(new Float32Array(MiB)), { device })).rejects.toThrow(/out of memory/);
    expect(device.stats().peakBytes).toBe(peakBytes);
    expect(written).not.toHaveBeenCalled();

    // Calls that are refused at once look for memory together: a collection waits for two tasks.
    const timer = vi.spyOn(globalThis, "setTimeout");
    const calls = [ask(() => undefined), ask(() => undefined), ask(() => undefined)];
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe("rejected");
    expect(timer.mock.calls.length).toBe(2);
    timer.mockRestore();
    device.destroy();
  });

  it("gives back all that a program has made, uniforms too", async () => {
    const device = await T.Device.open();
    const used = limitMemory(device, 2 * MiB);
    const build = (rows: number): Promise<Program> => {
      const x = T.cumsum(T.iota([rows, 256], 0, "f32"), 0);
      return device.compile(trace([T.cumsum(T.exp(x), 1)]).graph, []);
    };
    const program = await build(256);
    expect(used()).toBeGreaterThan(0);
    program.release();
    device.pool.trim();
    expect(used()).toBe(0);
    await expect(build(4096)).rejects.toThrow(/out of memory/);
    expect(used()).toBe(0);
    device.destroy();
  });

  it("empties its pool and tries again", async () => {
    const device = await T.Device.open();
    const used = limitMemory(device, 4 * MiB);
    const parts = Array.from({ length: 6 }, () => T.ones([MiB / 8]));
    await evaluate(parts, { device });
    T.dispose(parts);
    expect(device.stats().pooledBytes).toBe(3 * MiB);
    const large = T.mul(T.iota([MiB / 2], 0, "f32"), 2);
    await evaluate(large, { device });
    expect((await T.slice(large, [MiB / 2 - 1], [MiB / 2]).data())[0]).toBe(MiB - 2);
    expect(used()).toBeLessThan(4 * MiB);
    device.destroy();
  });
});

describe("memory", () => {
  let device: T.Device;
  beforeAll(async () => {
    device = await T.Device.open();
  });
  afterAll(() => device.destroy());

  it("goes back when a tree is disposed of, and its tensors say so", async () => {
    const tree = { a: T.ones([1000]), b: [T.ones([2000])] };
    await evaluate(tree, { device });
    const sum = await compile((t: typeof tree) => T.sum(t.a))(tree);
    const { liveBytes } = device.stats();
    T.dispose(tree);
    T.dispose(tree);
    expect(device.stats().liveBytes).toBe(liveBytes - 12000);
    const message = "Tensor(f32 [1000]) was disposed of; dispose of a tensor after its last use";
    await expect(tree.a.data()).rejects.toThrow(message);
    await expect(T.add(tree.a, 1).data()).rejects.toThrow(message);
    await expect(compile((x: Tensor) => x)(tree.a)).rejects.toThrow(message);
    // What was submitted before is not disturbed.
    expect(await sum.item()).toBe(1000);
    const host = tensor([1, 2]);
    host.dispose();
    await expect(host.data()).rejects.toThrow("Tensor(f32 [2]) was disposed of");
    await expect(
      compile((x: Tensor) => {
        T.dispose(x);
        return x;
      })(tensor([1])),
    ).rejects.toThrow(/^dispose: Tensor\(f32 \[1\]\) is a placeholder of a function that is being traced/);
    const kept = tensor([5]);
    const careless = compile(function careless(x: Tensor) {
      kept.dispose();
      return x;
    });
    await expect(careless(tensor([1]))).rejects.toThrow(
      /^dispose: Tensor\(f32 \[1\]\) was to be disposed of inside compile\(careless\)/,
    );
    expect(await kept.item()).toBe(5);
  });

  it("of a value that is disposed of before it has been computed goes back, and the others are computed", async () => {
    const x = T.ones([1000]);
    await evaluate(x, { device });
    const [a, b] = [T.mul(x, 2), T.mul(x, 3)];
    const { liveBytes } = device.stats();
    const both = evaluate([a, b]);
    // The graph has been taken down by now, and nothing has run.
    await new Promise((resolve) => setImmediate(resolve));
    a.dispose();
    await both;
    expect((await b.data())[999]).toBe(3);
    expect(device.stats().liveBytes).toBe(liveBytes + 4000);
    b.dispose();
    x.dispose();
  });

  it("is not mixed up between devices that are handed the same host data at once", async () => {
    const other = await T.Device.open();
    const host = tensor(Float32Array.from({ length: 777 }, (_, i) => i));
    const calls = [
      evaluate(host, { device: other }),
      compile((x: Tensor) => T.mul(x, 2), { device })(host),
      evaluate(T.add(host, 1), { device }),
    ];
    const refused = (await Promise.allSettled(calls)).flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    expect(refused.length).toBeGreaterThan(0);
    for (const message of refused) expect(message).toMatch(/lives? on/);
    expect((await host.data())[776]).toBe(776);
    other.destroy();
  });

  it("of what nothing refers to returns by itself", async () => {
    const step = compile((s: Tensor, x: Tensor) => T.add(s, x), { device });
    const one = T.ones([MiB]);
    let state = await step(T.zeros([MiB]), one);
    let peak = 0;
    for (let n = 0; n < 300; n++) {
      state = await step(state, one);
      const { liveBytes, pooledBytes } = device.stats();
      peak = Math.max(peak, liveBytes + pooledBytes);
    }
    expect((await state.data())[7]).toBe(301);
    // 1.2 GiB passed through; a quarter of a GiB may pile up before anybody looks.
    expect(peak).toBeLessThan(2.5 * 2 ** 28);
  });

  it("of the programs of plain operations is bounded, and that of the pool", async () => {
    const fresh = await T.Device.open();
    const before = fresh.stats();
    for (let n = 0; n < 12; n++) {
      const rows = 4096 + n;
      const x = T.iota([rows, 1], 0, "f32");
      const product = T.matmul(T.broadcastTo(T.mul(x, 1e-3), [rows, 2048]), T.ones([2048, 1]));
      await evaluate(T.sum(product), { device: fresh });
    }
    const { liveBytes, pooledBytes } = fresh.stats();
    expect(liveBytes - before.liveBytes).toBeLessThan(1.3 * 2 ** 28);
    expect(pooledBytes).toBeLessThan(1.3 * 2 ** 28);

    // One that is above the bound by itself stays until there is another.
    const large = async (): Promise<number> => {
      const results = [1, 2, 3].map((factor) => {
        const x = T.iota([12288, 1], 0, "f32");
        const product = T.matmul(T.broadcastTo(T.mul(x, factor), [12288, 2048]), T.ones([2048, 1]));
        return T.sum(product);
      });
      await evaluate(results, { device: fresh, reuseMemory: false });
      // Last first: the next results then find the same places.
      T.dispose(results.reverse());
      return fresh.stats().bindGroupsCreated;
    };
    const bound = await large();
    expect(await large()).toBe(bound);
    fresh.destroy();
  });
});

describe("debug.nan", () => {
  it.each([undefined, true])("works with immediates: %s", async (immediates) => {
    const f = compile((x: Tensor) => ({ y: T.log(x) }), {
      debug: { nan: true },
      ...(immediates === undefined ? {} : { immediates }),
    });
    await expect(f(tensor([1, -1]))).rejects.toThrow(
      /the result "y" .* holds NaN: 1 of 2 elements, the first at \[1\]/,
    );
    expect([...(await (await f(tensor([1, 1]))).y.data())]).toEqual([0, 0]);
  });

  it("costs no donated argument when the check fails, and donates when it does not", async () => {
    const device = await T.defaultDevice();
    const step = compile(
      function step(state: { w: Tensor }) {
        return { w: T.log(state.w) };
      },
      { donate: [0], debug: { nan: true } },
    );
    const state = { w: tensor([1, -1]) };
    await evaluate(state);
    const { liveBytes } = device.stats();
    for (let n = 0; n < 3; n++) await expect(step(state)).rejects.toThrow(/holds NaN/);
    expect(device.stats().liveBytes).toBe(liveBytes);
    expect([...(await state.w.data())]).toEqual([1, -1]);
    const good = { w: tensor([1, 1]) };
    const next = await step(good);
    expect([...(await next.w.data())]).toEqual([0, 0]);
    await expect(good.w.data()).rejects.toThrow(/was donated to compile\(step\)/);
  });
});
