import { type Affine, InputError, type UnitFit } from "@clidim/imaging";
import type { EvaluationScene, Scene } from "../data/pairing.js";
import { checkPairs, type PairCheckOptions } from "../data/pairs/checkPairs.js";
import { comparePair, verdictOf } from "../data/pairs/comparePair.js";
import { convertedPage } from "../data/pairs/convertedPage.js";
import { figure, meanOf } from "../data/pairs/convertUnits.js";
import { matesOf } from "../data/pairs/matchingPages.js";
import { type LookedAt, samplePairs } from "../data/pairs/samplePairs.js";
import { checkDenoised } from "./checkDenoised.js";

/** A result whose contrast differs by more than this from the clean image's, though it shows the same, is no bad one but one in other units. */
const LARGEST_FACTOR = 3;

/** The correlation that it has at least. */
const SAME = 0.7;

/**
 * Looks whether what is judged belongs together, and returns the scenes with all pages in the same units: clean ones are converted to the units of the noisy images, where these are given
 * (see `checkPairs`), and predictions to those of the clean ones, where their contrast differs by a factor of more than 3; both are said in `onWarning`. With predictions that were converted, noisy images
 * are left out, as a comparison would be unfair. Predictions may be bad: that they do not
 * correlate with their clean pages is a warning, unless other clean pages fit. `InputError`s of noisy and clean pages as `checkPairs`,
 * of predictions that no denoiser has made as `checkDenoised`.
 */
export async function checkEvaluation(
  scenes: readonly EvaluationScene[],
  options: PairCheckOptions,
): Promise<EvaluationScene[]> {
  await checkDenoised(scenes, options);
  const withNoisy = scenes.flatMap(({ clean, cleanNames, noisy }): Scene[] =>
    noisy ? [{ name: noisy.name, noisy, clean, ...(cleanNames && { cleanNames }), averaged: false }] : [],
  );
  const converted = await checkPairs(withNoisy, options);
  const inNoisyUnits =
    withNoisy.length === scenes.length
      ? scenes.map((scene, i) => ({ ...scene, clean: converted[i]!.clean! }))
      : scenes;
  return checkPredictions(inNoisyUnits, options);
}

async function checkPredictions(
  scenes: readonly EvaluationScene[],
  { force = false, onWarning, signal }: PairCheckOptions,
): Promise<EvaluationScene[]> {
  const pairs = scenes.map(({ name, prediction, clean, cleanNames }): Scene => {
    return { name, noisy: prediction, clean, ...(cleanNames && { cleanNames }), averaged: false };
  });
  const looked: LookedAt[] = [];
  for (const pair of samplePairs(pairs)) {
    signal?.throwIfAborted();
    looked.push({ pair, figures: await comparePair(pair.noisy.page, pair.clean.page) });
  }
  const apart = looked.filter(
    ({ figures: { correlation } }) => correlation && verdictOf(correlation) === "apart",
  );
  const [first] = apart;
  if (first) {
    const correlation = first.figures.correlation!; // has a verdict
    const { noisy: prediction, clean } = first.pair;
    const mates = await matesOf(first.pair, pairs, correlation);
    const sentence =
      `${prediction.name} and ${clean.name} do not show the same: their correlation is ${correlation.inPlace.toFixed(2)}` +
      `${apart.length > 1 ? ` (so it is with ${apart.length} of ${looked.length} pages looked at)` : ""}${mates ? `; ${mates}` : ""}`;
    if (mates && !force) throw new InputError(sentence, { keys: ["force"] });
    onWarning?.(sentence);
  }
  let told = false;
  const inCleanUnits = scenes.map((scene, number) => {
    const fits = looked.filter(({ pair }) => pair.scene === number);
    const map = otherContrast(fits);
    if (!map) return scene;
    const { scale, offset } = map;
    if (!told) {
      onWarning?.(
        `${scene.name} has other units than ${fits[0]!.pair.clean.name}: prediction = ${figure(scale)} clean ${offset < 0 ? "-" : "+"} ${figure(Math.abs(offset))}. ` +
          "Such predictions are converted to the units of the clean images before they are judged, so that the figures do not tell whether their brightness is right" +
          (scenes.some(({ noisy }) => noisy)
            ? "; they are not compared with noisy images and other methods, whose units are not fitted: give predictions in the units of the noisy images for that"
            : ""),
      );
      told = true;
    }
    const back = { scale: 1 / scale, offset: -offset / scale };
    const pages = scene.prediction.pages.map((page) => convertedPage(page, back));
    return { ...scene, prediction: { ...scene.prediction, pages } };
  });
  // A fit to the clean pages is worth some dB: against pages without one it would be unfair.
  return told ? inCleanUnits.map(({ noisy: _, ...scene }) => scene) : inCleanUnits;
}

/** The map from clean to predicted grey values, where they have other units. */
function otherContrast(looked: readonly LookedAt[]): Affine | undefined {
  const fits = looked.flatMap(({ figures: { correlation, units } }): UnitFit[] => {
    if (!correlation || !units || units.scale <= 0) return [];
    const same = correlation.inPlace > SAME * correlation.expected && verdictOf(correlation) === "together";
    return same && Math.abs(Math.log(units.scale)) > Math.log(LARGEST_FACTOR) ? [units] : [];
  });
  if (fits.length === 0 || fits.length < looked.length) return undefined;
  return meanOf(fits);
}
