import { clidim } from "@clidim/clidim";
import { add, cast, div, iota, mul, reshape, sin, slice, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiser } from "../../src/inference/denoise.js";
import { rowsOfPlane } from "../../src/inference/pageRows.js";
import { posteriorSampleBands, posteriorSampleOf } from "../../src/inference/posteriorSamples.js";
import type { Model } from "../../src/model/modelFile.js";
import type { MethodVariables, PosteriorSample } from "../../src/protocol/method.js";

const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2 });
const variables: MethodVariables = { params: {}, stats: {} };
const SAMPLES = 3;

/** Adds a wave, other in each sample, that depends on where on the page a pixel is. */
const wave: PosteriorSample = (_variables, x, sample, origin = tensor(Uint32Array.of(0, 0))) => {
  const [, height = 1, width = 1] = x.shape;
  const at = (axis: 0 | 1, extent: number, shape: readonly number[]): Tensor =>
    reshape(add(cast(slice(origin, [axis], [axis + 1]), "f32"), iota([extent], 0, "f32")), shape);
  const [y, x0] = [at(0, height, [1, height, 1, 1]), at(1, width, [1, 1, width, 1])];
  const phase = mul(add(cast(sample, "f32"), 1), add(mul(y, 0.11), mul(x0, 0.07)));
  return add(x, sin(phase));
};

/** Whose result is the mean of its first signals. */
const drawing = {
  geometry: () => ({ multiple: 4, bytesPerPixel: 4 }),
  posteriorSample: () => wave,
  apply: () => (given: MethodVariables, x: Tensor, origin?: Tensor) =>
    div(
      Array.from({ length: SAMPLES }, (_, k) => wave(given, x, tensor(k, { dtype: "u32" }), origin)).reduce(
        (sum, one) => add(sum, one),
      ),
      SAMPLES,
    ),
};

const [width, height] = [75, 49];
const page = {
  ...{ width, height },
  data: Float32Array.from({ length: width * height }, (_, i) => Math.cos(i / 17)),
};
const fluxCalibration = { gain: 1.25, offset: -0.5 };

async function sampleOf(number: number, maxTileSide?: number): Promise<Float32Array> {
  const network = { method: drawing, configuration, variables, fluxCalibration } as const;
  const draw = posteriorSampleBands(network, wave, maxTileSide === undefined ? {} : { maxTileSide });
  const image = new Float32Array(width * height);
  const tiles: string[] = [];
  const onTile = (done: number, total: number): void => void tiles.push(`${done} of ${total}`);
  for await (const { top, images } of draw(
    rowsOfPlane(page),
    (values) => Float32Array.from(values),
    number,
    onTile,
  )) {
    image.set(images[0]!, top * width);
  }
  expect(tiles.at(-1)).toBe(`${tiles.length} of ${tiles.length}`);
  return image;
}

const closeTo = (values: Float32Array, expected: (i: number) => number): void => {
  expect(Math.max(...values.map((value, i) => Math.abs(value - expected(i))))).toBeLessThan(2e-5);
};

describe("posteriorSampleBands", () => {
  it("of tiles, draws for places of the page: each sample is that of the page as a whole", async () => {
    for (const number of [0, 2]) {
      const tiled = await sampleOf(number, 20);
      const phase = (i: number): number => (number + 1) * (0.11 * Math.floor(i / width) + 0.07 * (i % width));
      closeTo(tiled, (i) => 1.25 * (page.data[i]! + Math.sin(phase(i))) - 0.5);
      expect(await sampleOf(number, 20)).toEqual(tiled);
    }
  });

  it("the result is the mean of the samples that it is made of, also where it is made in tiles", async () => {
    for (const maxTileSide of [undefined, 24]) {
      const samples: Float32Array[] = [];
      for (let k = 0; k < SAMPLES; k++) samples.push(await sampleOf(k, maxTileSide));
      const options = { fluxCalibration, ...(maxTileSide !== undefined && { maxTileSide }) };
      const result = await denoiser(drawing, configuration, variables, options)(page.data, width, height);
      closeTo(result, (i) => samples.reduce((sum, sample) => sum + sample[i]!, 0) / SAMPLES);
    }
  });
});

describe("posteriorSampleOf", () => {
  // What is looked at of a model.
  const model = (posteriorSample?: () => PosteriorSample) =>
    ({
      method: { title: "Some method", ...(posteriorSample && { posteriorSample }) },
      configuration,
    }) as unknown as Model;

  it("is what the method draws by", () => {
    expect(posteriorSampleOf([model(() => wave)], 1)).toBe(wave);
  });

  it.each([
    [[model(() => wave)], 0, "samples: expected a whole number of at least 1, got 0"],
    [
      [model(() => wave), model(() => wave)],
      4,
      "samples: one model draws them, got 2; give one, or leave them out",
    ],
    [
      [model()],
      4,
      "samples: Some method makes one image of each page, and draws no others; leave them out, or give a model of a method that does",
    ],
  ] as const)("refuses %#", (models, samples, message) => {
    expect(() => posteriorSampleOf(models, samples)).toThrow(message);
  });
});
