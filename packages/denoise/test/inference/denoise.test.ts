import type { GeneratorVariables } from "@clidim/clidim";
import { clidim, generatorOf } from "@clidim/clidim";
import { defaultDevice, evaluate, key, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiser } from "../../src/inference/denoise.js";

const configuration = resolveConfiguration(clidim, "laptop", { downs: 3, ngf: 4, crop: 32, output: "tanh" });
const network = generatorOf(configuration);
/** Lazy, so that both executors can compute them. */
const fresh = (seed = 11): GeneratorVariables => network.init(key(seed), [1, 32, 32, 1]);
const variables = fresh();

const page = (width: number, height: number): Float32Array =>
  Float32Array.from(
    { length: width * height },
    (_, i) => Math.sin(i % width) * Math.cos(Math.floor(i / width) / 3),
  );

/** The network on one whole image, in float64. */
const whole = (data: Float32Array, width: number, height: number, seed?: number) =>
  interpret([
    network.apply(fresh(seed), tensor(data, { shape: [1, height, width, 1] }), { train: false }).output,
  ])[0]!;

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

describe("denoiser", () => {
  it("is the network where the image has the right extents", async () => {
    const result = await denoiser(clidim, configuration, variables)(page(32, 24), 32, 24);
    expect(largestDifference(result, whole(page(32, 24), 32, 24))).toBeLessThan(1e-5);
  });

  it.each([
    [1, 1],
    [3, 50],
    [37, 41],
    [8, 9],
  ])("takes %i x %i pixels, mirrored to multiples", async (width, height) => {
    const data = page(width, height);
    const result = await denoiser(clidim, configuration, variables)(data, width, height);
    expect(result.length).toBe(width * height);
    const [w, h] = [width, height].map((extent) => Math.ceil(extent / 8) * 8) as [number, number];
    const fold = (i: number, n: number) => {
      let at = n === 1 ? 0 : i;
      while (at >= n) at = Math.abs(2 * (n - 1) - at);
      return at;
    };
    const padded = Float32Array.from(
      { length: w * h },
      (_, i) => data[fold(Math.floor(i / w), height) * width + fold(i % w, width)]!,
    );
    const expected = whole(padded, w, h);
    const cropped = Float64Array.from(data, (_, i) => expected[Math.floor(i / width) * w + (i % width)]!);
    expect(largestDifference(result, cropped)).toBeLessThan(1e-5);
  });

  it("covers a large page with tiles, reports them, and agrees with the whole away from the seams", async () => {
    const [width, height] = [200, 90];
    const seen: number[][] = [];
    const data = page(width, height);
    const result = await denoiser(clidim, configuration, variables, { maxTileSide: 70 })(
      data,
      width,
      height,
      {
        onTile: (done, total) => seen.push([done, total]),
      },
    );
    // Sides of 64 that share at least 16: 4 across, 2 down.
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => [i + 1, 8]));
    for (const value of result) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    const padded = await denoiser(clidim, configuration, variables)(data, width, height);
    // Far from tile borders the result is that of the whole page.
    expect(largestDifference(result.slice(0, 8), padded.slice(0, 8))).toBeLessThan(1e-5);
  });

  it("blends tiles of a network without context to exactly the network's value", async () => {
    // Weights of zero leave tanh(bias) everywhere.
    const scale = (tree: GeneratorVariables["params"], factor: number): GeneratorVariables["params"] =>
      Object.fromEntries(
        Object.entries(tree).map(([block, parts]) => [
          block,
          Object.fromEntries(
            Object.entries(parts).map(([part, leaves]) => [
              part,
              Object.fromEntries(
                Object.entries(leaves).map(([name, leaf]): [string, Tensor] => [
                  name,
                  tensor(new Float32Array(leaf.shape.reduce((a, b) => a * b, 1)).fill(factor), {
                    shape: leaf.shape,
                  }),
                ]),
              ),
            ]),
          ),
        ]),
      );
    const params = scale(variables.params, 0);
    const constant = {
      params: { ...params, up1: { conv: { ...params.up1!.conv, bias: tensor([0.5]) } } },
      stats: variables.stats,
    };
    const result = await denoiser(clidim, configuration, constant, { maxTileSide: 32 })(
      page(100, 75),
      100,
      75,
    );
    for (const value of result) expect(value).toBeCloseTo(Math.tanh(0.5), 5);
  });

  it("compiles once for all pages of a size, and follows variables that change", async () => {
    let current = variables;
    const denoise = denoiser(clidim, configuration, () => current);
    const first = await denoise(page(32, 32), 32, 32);
    current = fresh(12);
    await evaluate(current);
    const device = await defaultDevice();
    const { pipelines } = device.stats();
    const second = await denoise(page(32, 32), 32, 32);
    expect(largestDifference(first, second)).toBeGreaterThan(1e-4);
    expect(largestDifference(second, whole(page(32, 32), 32, 32, 12))).toBeLessThan(1e-5);
    await denoise(page(32, 32), 32, 32);
    const live = device.stats().liveBytes;
    for (let i = 0; i < 5; i++) await denoise(page(32, 32), 32, 32);
    expect(device.stats().liveBytes).toBeLessThanOrEqual(live);
    expect(device.stats().pipelines).toBe(pipelines);
  });

  it("rejects a page of another size", async () => {
    await expect(denoiser(clidim, configuration, variables)(page(4, 4), 4, 5)).rejects.toThrow(
      /4 x 5 pixels has 20 values, got 16/,
    );
  });
});
