import { clidim, generatorOf } from "@clidim/clidim";
import { counterRandom } from "@clidim/imaging";
import { key, mul } from "@clidim/tensor";
import { describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import type { Band } from "../../src/inference/alignedBands.js";
import { bandDenoiser, type Network } from "../../src/inference/bandDenoiser.js";
import { denoiser } from "../../src/inference/denoise.js";
import { rowsOfPlane } from "../../src/inference/pageRows.js";
import { sampledBands, sampledPasses } from "../../src/inference/sampledPasses.js";
import { selfEnsemble } from "../../src/inference/selfEnsemble.js";

const random = counterRandom(7);
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

const shape = { downs: 3, ngf: 4, crop: 32, output: "tanh" };
function network(seed: number, overrides: Record<string, number> = {}): Network {
  const configuration = resolveConfiguration(clidim, "laptop", { ...shape, ...overrides });
  return {
    method: clidim,
    configuration,
    variables: generatorOf(configuration).init(key(seed), [1, 32, 32, 1]),
  };
}
const alone = ({ method, configuration, variables }: Network, maxTileSide?: number) =>
  denoiser(method, configuration, variables, maxTileSide === undefined ? {} : { maxTileSide });

const [width, height] = [70, 101];
const data = noise(width * height);
/** Nothing is done to them. */
const same = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);

/** Bands put together; what they had is overwritten afterwards, which nobody may notice. */
async function together(bands: AsyncIterable<Band>): Promise<{ images: Float32Array[]; heights: number[] }> {
  const images: Float32Array[] = [];
  const heights: number[] = [];
  let next = 0;
  for await (const band of bands) {
    expect(band.top).toBe(next);
    next += band.height;
    heights.push(band.height);
    for (const [i, image] of band.images.entries()) {
      images[i] ??= new Float32Array(width * height);
      images[i].set(image, band.top * width);
      image.fill(Number.NaN);
    }
  }
  expect(next).toBe(height);
  return { images, heights };
}

describe("a page by bands, bit for bit", () => {
  const page = rowsOfPlane({ width, height, data });

  test("is what one network makes of the whole page", async () => {
    const one = network(11);
    const seen: number[] = [];
    const asked: number[] = [];
    const rows = (top: number, bottom: number): ArrayLike<number> => {
      asked.push(bottom - top);
      return data.slice(top * width, bottom * width);
    };
    const bands = bandDenoiser([one], { maxTileSide: 40, largestWhole: 0 });
    const { images, heights } = await together(
      bands({ width, height, rows }, [same], (part) => seen.push(part)),
    );
    expect(images).toEqual([await alone(one, 40)(data, width, height)]);
    // Sides of 40 that share at least 10: 2 across, 4 down.
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => (i + 1) / 8));
    expect(heights).toHaveLength(4);
    expect(asked).toEqual([40, 40, 40, 40]);
  });

  test("is what each of several makes, of one configuration or of different ones", async () => {
    const networks = [network(11), network(12), network(13, { ngf: 6 })];
    const seen: number[] = [];
    const bands = bandDenoiser(networks, { maxTileSide: 40, largestWhole: 0 });
    const { images, heights } = await together(bands(page, [same, same, same], (part) => seen.push(part)));
    expect(images).toEqual(await Promise.all(networks.map((one) => alone(one, 40)(data, width, height))));
    expect(heights).toHaveLength(4);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen).toHaveLength(24);
  });

  test("is what each makes in its own tiles where one takes none of a multiple of all", async () => {
    /** Of one size, as the networks of other programs may be. */
    const fixed = (side: number, factor: number): Network => ({
      ...network(11),
      method: {
        ...clidim,
        geometry: () => ({ multiple: side, bytesPerPixel: 4, largest: side }),
        apply: () => (_variables, x) => {
          if (x.shape[1] !== side || x.shape[2] !== side) throw new Error(`expected ${side}, got ${x.shape}`);
          return mul(x, factor);
        },
      },
    });
    const networks = [fixed(24, 2), network(12), fixed(32, 4)];
    const seen: number[] = [];
    const bands = bandDenoiser(networks, { largestWhole: 0 });
    const { images } = await together(bands(page, [same, same, same], (part) => seen.push(part)));
    for (const [i, factor] of [
      [0, 2],
      [2, 4],
    ] as const) {
      for (const [at, value] of images[i]!.entries()) {
        if (Math.abs(value - factor * data[at]!) > 1e-5) expect(value).toBeCloseTo(factor * data[at]!, 5);
      }
    }
    expect(images[1]).toEqual(await alone(networks[1]!)(data, width, height));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    // One with which a multiple of both can be had shares its tiles.
    const shared = bandDenoiser([fixed(32, 2), network(12)], { largestWhole: 0 });
    const both = await together(shared(page, [same, same]));
    expect(both.images[1]).toEqual(await alone(networks[1]!, 32)(data, width, height));
  });

  test("is one band where it is small, each network with tiles of its own", async () => {
    const networks = [network(11), network(12)];
    const { images, heights } = await together(bandDenoiser(networks)(page, [same, same]));
    expect(heights).toEqual([height]);
    expect(images).toEqual(await Promise.all(networks.map((one) => alone(one)(data, width, height))));
    const turned = await together(bandDenoiser([networks[0]!], { ensemble: true })(page, [same]));
    // There, orientations go through the network together.
    const mean = await selfEnsemble(alone(networks[0]!))(data, width, height);
    expect(turned.heights).toEqual([height]);
    for (const [i, value] of turned.images[0]!.entries()) expect(value).toBeCloseTo(mean[i]!, 5);
  });

  test("is what passes that differ make of the whole page", async () => {
    const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2, dropout: 0.5 });
    const variables = generatorOf(configuration).init(key(11), [1, 64, 64, 1]);
    const options = { passes: 3, maxTileSide: 64 };
    const whole = await sampledPasses(clidim, configuration, variables, options)(data, width, height, 5);
    const bands = sampledBands(clidim, configuration, variables, options)(page, same, 5);
    const { images, heights } = await together(bands);
    expect(heights.length).toBeGreaterThan(1);
    expect(images).toEqual([whole.mean, whole.deviation]);
  });
});

describe("an ensemble of tiles", () => {
  const largest = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

  test.each([
    // Tiles that lie alike from both ends, so that the orientations of the page have those of the tiles.
    ["larger than a tile", 70, 100],
    ["narrower than a tile, mirrored anew in each orientation", 29, 100],
    ["of one tile", 31, 37],
  ])("is that of the page but for rounding where this is %s", async (_how, columns, rows) => {
    const one = network(11);
    const values = noise(columns * rows);
    const bands = bandDenoiser([one], { ensemble: true, maxTileSide: 40, largestWhole: 0 });
    const seen: number[] = [];
    const result = new Float32Array(values.length);
    const page = rowsOfPlane({ width: columns, height: rows, data: values });
    for await (const { top, images } of bands(page, [same], (part) => seen.push(part))) {
      result.set(images[0]!, top * columns);
    }
    const whole = await selfEnsemble(alone(one, 40))(values, columns, rows);
    expect(largest(result, whole)).toBeLessThan(1e-6);
    // Which is not the result without an ensemble.
    expect(largest(result, await alone(one, 40)(values, columns, rows))).toBeGreaterThan(1e-3);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    expect(seen.length % 8).toBe(0);
  });
});
