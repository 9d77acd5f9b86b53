// What a ready model adds to the automatic choice of `clidim denoise`: on noisy pages with truth, BM3D, the model of the zoo in eight orientations, and their mean with the weight that hidden pixels prefer:
//   node bench/readyModels.mjs data [names]
// `data` has the folders fmd-confocal-nuclei, fmd-confocal-singles, w2s-widefield and hagen-bpae; simulated pages come after them, and pages with noise that neighbours share. `names`, a regular expression, says which.
// The middle 128 x 128 pixels of each are judged against the truth as the capture saw it (alignedTruth.mjs). Four sets of pixels are hidden, as `denoise` does it; a weight of 1 is BM3D, which is taken where the mean foretells no better.
import { readFile } from "node:fs/promises";
import { blendWeight, importModel, laterErrors, modelDenoiser, withoutHotPixels } from "@clidim/denoise";
import {
  counterRandom,
  cutPlane,
  denormalize,
  estimateNoise,
  fromNoiseUnits,
  gaussianBlur,
  noiseUnitsOf,
  normalize,
  psnr,
  simulateScenes,
  toNoiseUnits,
} from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { zooModels } from "@clidim/zoo";
import { alignedTruth } from "./alignedTruth.mjs";
import { realPages } from "./realPages.mjs";

const [data, names = ""] = process.argv.slice(2);
const wanted = new RegExp(names);
if (!data) throw new Error("readyModels: expected the folder of the data");

const SIDE = 128;
const SETS = 4;

const simulated = (photons, seed, camera) => {
  const [{ noisy, clean }] = simulateScenes({ seed, photons, size: SIDE, scenes: 1, frames: 1, ...camera });
  return { name: `simulated ${photons} photons`, noisy: noisy[0], clean };
};

/** Noise that neighbouring pixels share, for which neither is made: smoothed by a Gaussian, and half of its variance the same along each row. */
function* sharedNoise() {
  const { noisy, clean } = simulated(30, 120, {});
  const noise = { ...clean, data: Float64Array.from(noisy.data, (value, i) => value - clean.data[i]) };
  const page = (errors) => ({
    ...clean,
    data: Float64Array.from(errors, (value, i) => clean.data[i] + value),
  });
  yield { name: "shared noise, smoothed by 0.6 pixels", noisy: page(gaussianBlur(noise, 0.6).data), clean };
  const deviation = Math.sqrt(noise.data.reduce((sum, value) => sum + value * value, 0) / noise.data.length);
  const { normal } = counterRandom(1);
  const rows = Float64Array.from({ length: SIDE }, () => deviation * normal());
  const striped = page(noise.data.map((value, i) => value + rows[Math.floor(i / SIDE)]));
  yield { name: "shared noise, of rows", noisy: striped, clean };
}

async function* sets() {
  yield* realPages(data);
  yield simulated(2, 100, {});
  yield simulated(10, 102, { readNoise: 2, gain: 2 });
  yield simulated(30, 104, { readNoise: 1, gain: 20 });
  yield simulated(100, 107, { readNoise: 6, gain: 4 });
  yield simulated(200, 109, { readNoise: 1, gain: 20 });
  yield* sharedNoise();
}

const middle = (page) =>
  cutPlane(page, { x: (page.width - SIDE) >> 1, y: (page.height - SIDE) >> 1, width: SIDE, height: SIDE });

const model = importModel(await readFile(zooModels[0].file), methods);
const bm3d = methods.classicalNamed("bm3d");
const networkOf = (ensemble) => {
  const denoise = modelDenoiser(model, { ensemble });
  return async (page) => {
    const values = await denoise(normalize(page.data, model.normalization), page.width, page.height);
    return { ...page, data: denormalize(values, model.normalization) };
  };
};
const [once, ensemble] = [networkOf(false), networkOf(true)];
const squares = (errors) => errors.reduce((sum, error) => sum + error * error, 0);

console.log(
  "page | noisy | best blur | BM3D | model | weight of BM3D | mean | taken less BM3D | squared error of the mean at hidden pixels, and of the model, over that of BM3D | seconds of all hidden pixels",
);
for await (const { name, noisy, clean } of sets()) {
  if (!wanted.test(name)) continue;
  const truth = middle(noisy.width === SIDE ? clean : alignedTruth(clean, noisy).truth);
  const part = middle(noisy);
  const noise = estimateNoise(part);
  const units = noiseUnitsOf(part, noise);
  const through = (page) => async (network) => {
    const denoised = await network({ ...page, data: toNoiseUnits(page.data, units) });
    return { ...page, data: fromNoiseUnits(denoised.data, units) };
  };
  const quality = (page) => psnr(page, truth);
  const sigmas = Array.from({ length: 39 }, (_, i) => 0.3 * 1.08 ** i);
  const blur = Math.max(...sigmas.map((sigma) => quality(gaussianBlur(part, sigma))));
  const hiding = { seen: part, part: withoutHotPixels(part) };
  const own = [];
  const classical = [];
  const start = process.cpuUsage();
  for (let set = 0; set < SETS; set++) {
    classical.push(...bm3d.contest.hiddenErrors({ part, noise }, set, { strength: 1 }));
    own.push(...(await laterErrors(hiding, through(hiding.part), once, set)));
  }
  const { user } = process.cpuUsage(start);
  const none = { data: new Float32Array(own.length) };
  const { weight } = blendWeight([{ network: { data: own }, classical: { data: classical }, clean: none }]);
  const meanOf = (network, other) =>
    Float64Array.from(network, (value, i) => (1 - weight) * value + weight * other[i]);
  const [byModel, byBm3d] = [await through(part)(ensemble), bm3d.apply(part, { strength: 1 }, noise)];
  const mean = { ...part, data: meanOf(byModel.data, byBm3d.data) };
  const ratio = squares(meanOf(own, classical)) / squares(classical);
  const taken = ratio < 1 ? mean : byBm3d;
  console.log(
    [
      name,
      quality(part).toFixed(2),
      blur.toFixed(2),
      ...[byBm3d, byModel].map((page) => quality(page).toFixed(2)),
      ratio < 1 ? weight.toFixed(2) : "1",
      quality(mean).toFixed(2),
      (quality(taken) - quality(byBm3d)).toFixed(2),
      `${ratio.toFixed(4)}, ${(squares(own) / squares(classical)).toFixed(4)}`,
      (user / 1e6).toFixed(0),
    ].join(" | "),
  );
}
