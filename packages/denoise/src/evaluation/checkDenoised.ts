import { blankText, InputError, isBlank } from "@clidim/imaging";
import type { EvaluationScene, Scene } from "../data/pairing.js";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { equal } from "../data/pairs/comparePair.js";
import { samplePairs } from "../data/pairs/samplePairs.js";
import { pageName } from "../data/stackFiles.js";

/**
 * Looks whether predictions are what a denoiser has made, at pages that are evenly spread. One that is its clean page, pixel for pixel, is an `InputError`, with `force` a warning; warned of are
 * those that are their noisy page, and constant ones.
 */
export async function checkDenoised(
  scenes: readonly EvaluationScene[],
  { force = false, onWarning, signal }: PairCheckOptions,
): Promise<void> {
  const pairs = samplePairs(
    scenes.map(({ name, prediction, clean, cleanNames }): Scene => {
      return { name, noisy: prediction, clean, ...(cleanNames && { cleanNames }), averaged: false };
    }),
  );
  const found = { clean: [] as string[], noisy: [] as string[], constant: [] as string[] };
  for (const { noisy: prediction, clean, scene, index } of pairs) {
    signal?.throwIfAborted();
    const page = await prediction.page.read();
    if (isBlank(page)) {
      found.constant.push(`${prediction.name} is constant (${blankText(page)})`);
      continue;
    }
    if (equal(page.data, (await clean.page.read()).data)) {
      found.clean.push(`${prediction.name} and ${clean.name} are identical, pixel for pixel`);
    }
    const { noisy } = scenes[scene]!;
    if (noisy && equal(page.data, (await noisy.pages[index]!.read()).data)) {
      found.noisy.push(`${prediction.name} and ${pageName(noisy, index)} are identical, pixel for pixel`);
    }
  }
  const sentence = ([first, ...others]: readonly string[], meaning: string): string | undefined =>
    first &&
    `${first}${others.length > 0 ? ` (so it is with ${others.length + 1} of ${pairs.length} pages looked at)` : ""}: ${meaning}`;
  const clean = sentence(
    found.clean,
    "no denoiser makes that, the prediction is the clean image itself; give the denoised images",
  );
  if (clean && !force) throw new InputError(clean, { keys: ["force"] });
  for (const told of [
    clean,
    sentence(found.noisy, "the prediction is the noisy image itself, of which nothing was taken away"),
    sentence(found.constant, "there is nothing to be seen in the prediction, and its figures mean nothing"),
  ]) {
    if (told) onWarning?.(told);
  }
}
