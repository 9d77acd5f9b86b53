// What the automatic choice of `clidim denoise` is worth: on noisy pages with truth, the J-invariant loss's choice beside all methods and the best Gaussian blur, which looks at the truth:
//   node bench/automatic.mjs data [names]
// `data` has the folders fmd-confocal-nuclei, fmd-confocal-singles, w2s-widefield and hagen-bpae; simulated pages come after them. `names`, a regular expression, says which sets. Each page is a file of its own and stands for
// itself: methods choose their parameters on it, and are judged on the middle 192 x 192 pixels, against the truth as the capture saw it (alignedTruth.mjs), and once against it as it was published.
import { atOnce, chooseClassical } from "@clidim/denoise";
import { cutPlane, estimateNoise, gaussianBlur, psnr, simulateScenes } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { alignedTruth } from "./alignedTruth.mjs";
import { realPages } from "./realPages.mjs";

const [data, names = ""] = process.argv.slice(2);
const wanted = new RegExp(names);
if (!data) throw new Error("automatic: expected the folder of the data");

const SIDE = 192;

async function* sets() {
  yield* realPages(data);
  // Of each exposure a field of one camera, and another one of one of four.
  const cameras = [
    { readNoise: 0, gain: 1 },
    { readNoise: 1, gain: 20 },
    { readNoise: 2, gain: 2 },
    { readNoise: 6, gain: 4 },
  ];
  for (const [i, photons] of [2, 5, 10, 20, 30, 50, 75, 100, 150, 200].entries()) {
    for (const [k, camera] of [{}, cameras[i % cameras.length]].entries()) {
      const scenes = simulateScenes({ seed: 100 + i, photons, size: SIDE, scenes: 2, frames: 1, ...camera });
      yield { name: `simulated ${photons} photons, ${k}`, noisy: scenes[k].noisy[0], clean: scenes[k].clean };
    }
  }
}

const middle = (page) => {
  const [width, height] = [Math.min(SIDE, page.width), Math.min(SIDE, page.height)];
  return cutPlane(page, { x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
};

console.log(
  "set | noisy | best blur | the best candidate of each method, as the truth has it | taken | below the best | over the best blur | the same, truth as published | truth moved by x, y and scaled by | seconds | losses",
);
for await (const { name, noisy, clean } of sets()) {
  if (!wanted.test(name)) continue;
  const aligned = alignedTruth(clean, noisy);
  const [part, truth, published] = [middle(noisy), middle(aligned.truth), middle(clean)];
  const quality = (page, against = truth) => psnr(page, against);
  const bestBlur = (against) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let sigma = 0.3; sigma < 6; sigma *= 1.08)
      best = Math.max(best, quality(gaussianBlur(part, sigma), against));
    return best;
  };
  const blur = bestBlur(truth);
  const start = process.cpuUsage();
  const ranking = atOnce(chooseClassical(methods.classical, [noisy]));
  const { user } = process.cpuUsage(start);
  const taken = ranking[0].method;
  const noise = estimateNoise(noisy);
  const contesting = methods.classical.filter(({ contest }) => contest);
  const reached = contesting.map((method) => {
    // What each chooses by itself takes minutes for all methods; the candidates that the truth prefers stand for it.
    const { candidates } = method.contest;
    return {
      method,
      best: Math.max(
        ...candidates.map((one) => quality(method.apply(part, one, method.takesNoise && noise))),
      ),
    };
  });
  const best = Math.max(...reached.map(({ best: value }) => value));
  const result = taken.apply(part, atOnce(taken.fit([noisy])), taken.takesNoise && noise);
  const own = quality(result);
  console.log(
    [
      name,
      quality(part).toFixed(2),
      blur.toFixed(2),
      reached.map(({ method, best: value }) => `${method.name} ${value.toFixed(2)}`).join(", "),
      `${taken.name} ${own.toFixed(2)}`,
      (best - own).toFixed(2),
      (own - blur).toFixed(2),
      (quality(result, published) - bestBlur(published)).toFixed(2),
      `${aligned.shift.x.toFixed(2)}, ${aligned.shift.y.toFixed(2)}, ${aligned.scale.toFixed(3)}`,
      (user / 1e6).toFixed(0),
      ranking.map(({ method, loss }) => `${method.name} ${(loss / ranking[0].loss).toFixed(4)}`).join(", "),
    ].join(" | "),
  );
}
