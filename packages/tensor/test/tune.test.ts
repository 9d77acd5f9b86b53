import { afterAll, describe, expect, it, vi } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { compileGraph } from "../src/executors/webgpu/compileGraph.js";
import type { TileQuestion } from "../src/executors/webgpu/device/tileChoices.js";
import { questionsOf } from "../src/executors/webgpu/questionsOf.js";
import { trace } from "../src/graph/trace.js";
import {
  compile,
  cond,
  conv2d,
  convTranspose2d,
  Device,
  DeviceError,
  evaluate,
  explain,
  input,
  iota,
  key,
  lt,
  matmul,
  normal,
  scan,
  sum,
  type Tensor,
  tensor,
  tune,
  whileLoop,
  zeros,
} from "../src/index.js";

const x = () => normal(key(1), [2, 12, 12, 8]);
const weight = () => normal(key(2), [4, 4, 8, 20]);
const contractions = {
  conv2d: () => conv2d(x(), weight(), { stride: 2, padding: 1 }),
  convTranspose2d: () => convTranspose2d(normal(key(3), [2, 6, 6, 20]), weight(), { stride: 2, padding: 1 }),
  matmul: () => matmul(normal(key(4), [2, 100, 40]), normal(key(5), [2, 40, 36])),
};

describe("tune", () => {
  const opened: Device[] = [];
  const open = async (kernels: "software" | "gpu"): Promise<Device> => {
    const device = await Device.open({ kernels });
    opened.push(device);
    return device;
  };
  afterAll(() => {
    for (const device of opened) device.destroy();
  });

  it.each(["software", "gpu"] as const)("%s kernels compute the same with every tile", async (kernels) => {
    const device = await open(kernels);
    // The tiled kernels share what depends on the tile, and a software adapter compiles them slowly.
    const chosen = kernels === "gpu" ? { matmul: contractions.matmul } : contractions;
    for (const [name, build] of Object.entries(chosen)) {
      const [expected] = interpret([build()]);
      const run = async (): Promise<Float32Array> => {
        const result = build();
        const { kernels: ran } = await device.profile(() => evaluate(result, { device }));
        labels = ran.map(({ label }) => label);
        return (await result.data()) as Float32Array;
      };
      let labels: string[] = [];
      const worst = (values: Float32Array): number =>
        values.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - expected![i]!) / (1 + Math.abs(expected![i]!))),
          0,
        );
      const [tuned] = await tune(build, { device })();
      expect(tuned?.product, name).toMatch(new RegExp(`^${name} \\d+x\\d+x\\d+`));
      expect(Object.keys(tuned!.milliseconds).length).toBeGreaterThan(2);
      for (const tile of Object.keys(tuned!.milliseconds)) {
        device.tiles.set(tuned!.product, tile);
        expect(worst(await run()), `${name} ${tile}`).toBeLessThan(1e-5);
        // The graph is the same every time, but not the program.
        expect(labels).toContain(`${name} ${tile}`);
        expect(await explain(build, { device })()).toContain(`${name} ${tile}`);
      }
    }
  });

  it("measures each product of a function once, and chooses no tile that it measured to be slower", async () => {
    const device = await open("software");
    const f = (a: Tensor, b: Tensor) => matmul(matmul(a, b), b);
    const [a, b] = [normal(key(6), [64, 64]), normal(key(7), [64, 64])];
    await evaluate([a, b], { device });
    const seen: string[] = [];
    const finish = vi.spyOn(device, "finish");
    const during: unknown[] = [];
    finish.mockImplementation(async () => {
      during.push(device.tiles.entries());
      finish.mockRestore();
      await device.finish();
    });
    const tuned = await tune(f, { onProduct: (product) => seen.push(product) })(a, b);
    // What others compile meanwhile does not take the tile that is being measured.
    expect(during).toEqual([{}]);
    // Nothing is expected to be running: a read does not sleep.
    const timer = vi.spyOn(globalThis, "setTimeout");
    await a.data();
    expect(timer.mock.calls.filter(([, milliseconds]) => milliseconds! > 4)).toEqual([]);
    timer.mockRestore();
    expect(seen).toEqual(["matmul 64x64x64 texels"]);
    const [{ tile, milliseconds }] = tuned as [(typeof tuned)[0]];
    for (const [other, time] of Object.entries(milliseconds)) {
      // A tile is only replaced where another is clearly faster.
      expect(milliseconds[tile]! * 0.97, other).toBeLessThanOrEqual(time);
    }
    expect(device.tiles.entries()).toEqual({ "matmul 64x64x64 texels": tile });

    const other = await open("software");
    other.tiles.assign({ ...device.tiles.entries(), "matmul 8x8x8 texels": "no such tile" });
    expect(other.tiles.entries()["matmul 64x64x64 texels"]).toBe(tile);
    const tiny = compile((p: Tensor) => matmul(p, p), { device: other });
    const identity = Float32Array.from({ length: 1024 }, (_, i) => (i % 33 === 0 ? 1 : 0));
    const square = await tiny(tensor(identity, { shape: [32, 32] }));
    expect(await square.data()).toEqual(identity);
  });

  it("leaves out a tile that the driver refuses, unless it is the rule's, or the device is lost", async () => {
    const device = await open("software");
    const square = (x: Tensor) => matmul(x, x);
    const x = normal(key(6), [64, 64]);
    await evaluate(x, { device });
    const { graph } = trace([square(input([64, 64], "f32"))]);
    const [{ candidates, rule }] = device.tiles.questions(
      () => void compileGraph(graph, device, [false]),
    ) as [TileQuestion];
    const other = candidates.find((tile) => tile !== rule)!;
    const pipeline = device.pipeline.bind(device);
    const refuse = (tile: string, kind: DeviceError["kind"]): void => {
      device.pipeline = async (kernel) => {
        if (kernel.label.startsWith(`matmul ${tile}`)) throw new DeviceError(kind, "refused");
        return pipeline(kernel);
      };
    };
    refuse(other, "validation");
    const [tuned] = await tune(square, { device })(x);
    expect(Object.keys(tuned!.milliseconds)).toEqual(candidates.filter((tile) => tile !== other));
    expect(tuned!.tile).not.toBe(other);
    refuse(rule, "validation");
    await expect(tune(square, { device })(x)).rejects.toThrow("refused");
    refuse(other, "lost");
    await expect(tune(square, { device })(x)).rejects.toMatchObject({ kind: "lost" });
  });

  it("asks about the products inside of loops and branches as well", async () => {
    const device = await open("software");
    const some = (shape: readonly number[]): Tensor => iota(shape, 0, "f32");
    const f = (x: Tensor, flag: Tensor): Tensor[] => [
      matmul(x, x),
      scan((s: Tensor) => ({ carry: matmul(s, some([32, 32])), y: s }), some([64, 32]), undefined, {
        length: 3,
      }).carry,
      cond(
        flag,
        () => conv2d(some([1, 16, 16, 8]), some([3, 3, 8, 16])),
        () => zeros([1, 14, 14, 16]),
      ),
      whileLoop(
        (s: Tensor) => lt(sum(s), 1e9),
        (s: Tensor) =>
          scan((t: Tensor) => ({ carry: matmul(t, some([96, 96])), y: t }), s, undefined, { length: 2 })
            .carry,
        some([32, 96]),
        { maxSteps: 3 },
      ),
    ];
    const x = input([64, 64], "f32");
    const flag = input([], "bool");
    const { graph } = trace(f(x, flag), [x, flag]);
    const asked = device.tiles.questions(() => void compileGraph(graph, device, [false, false]));
    const several = asked.filter(({ candidates }) => candidates.length > 1).map(({ product }) => product);
    expect(several).toHaveLength(4);
    const products = questionsOf(graph, device).map(({ question }) => question.product);
    expect(products.sort()).toEqual(several.sort());
  });
});
