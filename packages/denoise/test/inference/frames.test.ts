import { clidim } from "@clidim/clidim";
import { counterRandom, type Normalization, type Plane } from "@clidim/imaging";
import { mean } from "@clidim/tensor";
import { describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { networkPage } from "../../src/data/networkPage.js";
import { frameValues, meanOfFrames } from "../../src/data/noisyPlane.js";
import { bandDenoiser } from "../../src/inference/bandDenoiser.js";
import { batchDenoiser } from "../../src/inference/batchDenoiser.js";
import { denoiser, networkProgram } from "../../src/inference/denoise.js";
import { denoisePage } from "../../src/inference/denoisePage.js";
import { modelDenoiser } from "../../src/inference/modelDenoiser.js";
import { rowsOfPlane } from "../../src/inference/pageRows.js";
import { sampledPasses } from "../../src/inference/sampledPasses.js";
import { selfEnsemble } from "../../src/inference/selfEnsemble.js";

const frames = 3;
const [width, height] = [70, 101];
const random = counterRandom(7);
const captures = Array.from(
  { length: frames },
  (): Plane => ({
    width,
    height,
    data: Float32Array.from({ length: width * height }, () => random.normal()),
  }),
);
const noisy = meanOfFrames(captures);
const page = Float32Array.from(frameValues(noisy));

const one = resolveConfiguration(clidim, "laptop", { downs: 3, ngf: 4, crop: 32, output: "tanh" });
const several = { ...one, frames };
/** A network that sees the mean of its frames: it must make of them what that of one frame makes of the mean. */
const ofMean: typeof clidim = {
  ...clidim,
  apply(configuration) {
    const apply = clidim.apply({ ...configuration, frames: 1 });
    return (variables, x) => apply(variables, mean(x, 3, { keepDims: true }));
  },
  sampled(configuration) {
    const sampled = clidim.sampled({ ...configuration, frames: 1 });
    if (typeof sampled === "string") return sampled;
    return (variables, x, ...drawn) => sampled(variables, mean(x, 3, { keepDims: true }), ...drawn);
  },
};
const variables = clidim.template(one);
const near = (found: ArrayLike<number>, wanted: ArrayLike<number>, digits = 5): void => {
  expect(found).toHaveLength(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    if (Math.abs(found[i]! - wanted[i]!) > 10 ** -digits) expect(found[i]).toBeCloseTo(wanted[i]!, digits);
  }
};
const greys = noisy.data as Float32Array;
/** Nothing is done to them. */
const same = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);

describe("a network of several frames makes what that of one makes of the mean", () => {
  test.each([["as a whole", {}] as const, ["in tiles", { maxTileSide: 40 }] as const])(
    "%s",
    async (_how, options) => {
      near(
        await denoiser(ofMean, several, variables, options)(page, width, height),
        await denoiser(clidim, one, variables, options)(greys, width, height),
      );
    },
  );

  test("of a page in grey values", async () => {
    const map: Normalization = {
      ...{ mode: "percentile", low: -2, high: 3, lowPercent: 0, highPercent: 100, bound: 0.8 },
    };
    expect(networkPage(noisy, map, several)).toHaveLength(frames * greys.length);
    const found = await denoisePage(denoiser(ofMean, several, variables), noisy, map, several);
    const wanted = await denoisePage(
      denoiser(clidim, one, variables),
      { width, height, data: greys },
      map,
      one,
    );
    near(found.data, wanted.data);
  });

  test("in eight orientations, one by one and together", async () => {
    const turned = selfEnsemble(denoiser(ofMean, several, variables), undefined, frames);
    const wanted = await selfEnsemble(denoiser(clidim, one, variables))(greys, width, height);
    near(await turned(page, width, height), wanted);
    const batch = batchDenoiser(networkProgram(ofMean, several), variables);
    expect(await batch.most(width, height)).toBeGreaterThan(4);
    const model = { method: ofMean, configuration: { ...several, orientations: 8 as const }, variables };
    near(await modelDenoiser(model)(page, width, height), wanted);
  });

  test.each([false, true])("by bands of rows, ensemble %s", async (ensemble) => {
    const options = { maxTileSide: 40, largestWhole: 0, ensemble };
    const run = async (network: Parameters<typeof bandDenoiser>[0][number], plane: Plane) => {
      const whole = new Float32Array(width * height);
      let bands = 0;
      for await (const { top, images } of bandDenoiser([network], options)(rowsOfPlane(plane), [same])) {
        whole.set(images[0]!, top * width);
        bands++;
      }
      expect(bands).toBeGreaterThan(1);
      return whole;
    };
    const network = { method: ofMean, configuration: several, variables };
    near(
      await run(network, noisy),
      await run(
        { method: clidim, configuration: one, variables },
        {
          ...{ width, height, data: greys },
        },
      ),
    );
  });

  test("in passes that differ, which cut the page otherwise each time", async () => {
    const dropping = resolveConfiguration(clidim, "laptop", { ngf: 2, dropout: 0.5 });
    const weights = clidim.template(dropping);
    const options = { passes: 3, maxTileSide: 64 };
    const found = await sampledPasses(
      ofMean,
      { ...dropping, frames },
      weights,
      options,
    )(...([page, width, height, 5] as const));
    const wanted = await sampledPasses(clidim, dropping, weights, options)(greys, width, height, 5);
    near(found.mean, wanted.mean);
    near(found.deviation, wanted.deviation);
  });
});

test("a network of several frames sees each where it is", async () => {
  const network = resolveConfiguration(clidim, "quick", { ngf: 2, frames });
  const weights = clidim.template(network);
  const denoise = denoiser(clidim, network, weights);
  const before = await denoise(page, width, height);
  for (let k = 0; k < frames; k++) {
    const changed = await denoise(
      page.map((value, i) => (i === (50 * width + 30) * frames + k ? value + 5 : value)),
      ...([width, height] as const),
    );
    const differences = changed.map((value, i) => Math.abs(value - before[i]!));
    // The filter of the input starts as a Gaussian, whose middle is there.
    expect(differences.indexOf(Math.max(...differences))).toBe(50 * width + 30);
  }
});

test("a page with values of another number of frames is refused", async () => {
  const run = denoiser(ofMean, several, clidim.template(one));
  await expect(run(greys, width, height)).rejects.toThrow(
    /a page of 70 x 101 pixels, 3 values each, has 21210 values, got 7070/,
  );
  await expect(
    sampledPasses(ofMean, { ...one, frames, downs: 6 }, clidim.template(one), { passes: 2 })(
      ...([greys, width, height, 0] as const),
    ),
  ).rejects.toThrow(/3 values each, has/);
});
