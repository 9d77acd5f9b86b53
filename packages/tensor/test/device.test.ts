import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

  it("tells a call that validation refused to those who use its results, and goes on", async () => {
    const device = await T.Device.open({ validation: true });
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    await evaluate([x, y], { device });
    const twice = compile(function twice(a: Tensor) {
      return T.mul(a, 2);
    });
    await twice(y);
    x.buffer!.buffer.destroy();
    const refused = await twice(x);
    // Whether it is known already or not.
    const used = async (): Promise<unknown> => (await twice(refused)).data();
    await expect(used()).rejects.toThrow(/^Device: .*destroyed/s);
    await expect(refused.data()).rejects.toThrow(T.DeviceError);
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
    fresh.destroy();
  });
});

describe("debug.nan", () => {
  it.each([undefined, false])("works with immediates: %s", async (immediates) => {
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
