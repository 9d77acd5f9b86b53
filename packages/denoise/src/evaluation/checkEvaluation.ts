import { InputError } from "@clidim/imaging";
import type { EvaluationScene, Scene } from "../data/pairing.js";
import { checkPairs, type PairCheckOptions } from "../data/pairs/checkPairs.js";
import { comparePair, verdictOf } from "../data/pairs/comparePair.js";
import { matesOf } from "../data/pairs/matchingPages.js";
import { type LookedAt, samplePairs } from "../data/pairs/samplePairs.js";
import { checkDenoised } from "./checkDenoised.js";
import { convertPredictions } from "./convertPredictions.js";

/**
 * Looks whether what is judged belongs together, and returns the scenes with all pages in the same units: clean ones are converted to the units of the noisy images, where these are given
 * (see `checkPairs`), and predictions to those of the clean ones, where their contrast differs by a factor of more than 3 (see `convertPredictions`); both are said in `onWarning`. With predictions that were converted, noisy images
 * are left out, as a comparison would be unfair. Predictions may be bad: that they do not
 * correlate with their clean pages is a warning, unless other clean pages fit. `InputError`s of noisy and clean pages as `checkPairs`,
 * of predictions that no denoiser has made as `checkDenoised`, of those whose units cannot be told as `convertPredictions`, which leaves out those in which nothing is to be seen.
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
  return [...convertPredictions(scenes, looked, { force, ...(onWarning && { onWarning }) })];
}
