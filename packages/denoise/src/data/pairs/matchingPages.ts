import { FEWEST_SIGNAL, type PageCorrelation } from "@clidim/imaging";
import type { Scene } from "../pairing.js";
import { comparePair, fitsMoved, type NamedPage, verdictOf } from "./comparePair.js";
import { cleanPage, type LookedAt, noisyPage, type Pair } from "./samplePairs.js";
import { shiftText } from "./shiftText.js";

/** At most so many clean pages are looked through for the one that fits. */
const CANDIDATES = 64;

/** A clean page and where it stands. */
interface Candidate extends NamedPage {
  readonly scene: number;
  /** Of the noisy page that it is the truth of. */
  readonly index: number;
}

/** What would make a pair fit that does not: another clean page, or a shift; undefined where nothing does. */
export async function matesOf(
  pair: Pair,
  scenes: readonly Scene[],
  correlation: PageCorrelation,
): Promise<string | undefined> {
  const { noisy, clean } = pair;
  for (const candidate of candidatesFor(pair, scenes)) {
    const { correlation: found } = await comparePair(noisy.page, candidate.page);
    if (!found || found.expected < FEWEST_SIGNAL || verdictOf(found) !== "together") continue;
    if (found.inPlace < found.expected / 2) continue;
    const fits = `${candidate.name} fits ${noisy.name} (${found.inPlace.toFixed(2)})`;
    const other = noisyPage(scenes[candidate.scene]!, candidate.index);
    const { correlation: back } = await comparePair(other.page, clean.page);
    if (back && back.inPlace > back.expected / 2 && verdictOf(back) === "together") {
      return `${fits}, and ${clean.name} fits ${other.name}: are the two swapped?`;
    }
    const step = candidate.scene === pair.scene ? candidate.index - pair.index : 0;
    if (Math.abs(step) === 1) return `${fits}: are the pages shifted by one?`;
    if (step !== 0) return `${fits}: are the pages shifted by ${Math.abs(step)}, or in another order?`;
    return `${fits}: are the files in another order?`;
  }
  if (!fitsMoved(correlation)) return undefined;
  return `moved by ${shiftText(correlation.shift)} ${clean.name} fits (${correlation.shifted.toFixed(2)}): register the images first, or cut both to the same field`;
}

/** Clean pages of other pairs, those nearest in the order first. */
function candidatesFor(pair: Pair, scenes: readonly Scene[]): Candidate[] {
  const size = pair.noisy.page;
  const all: (Candidate & { readonly place: number })[] = [];
  let own = 0;
  scenes.forEach((scene, number) => {
    if (!scene.clean || scene.averaged) return;
    for (let index = 0; index < (scene.clean.length === 1 ? 1 : scene.clean.length); index++) {
      const { name, page } = cleanPage(scene, index);
      if (number === pair.scene && (index === pair.index || scene.clean.length === 1)) own = all.length;
      all.push({ name, page, scene: number, index, place: all.length });
    }
  });
  return all
    .filter(({ page, place }) => place !== own && page.width === size.width && page.height === size.height)
    .toSorted((a, b) => Math.abs(a.place - own) - Math.abs(b.place - own))
    .slice(0, CANDIDATES);
}

/** By so much of what the noise allows a page has to fit better, and in so many of the pairs of a scene. */
const BETTER = 0.02;
const MOST = 0.8;

/** Scenes paired page by page whose noisy pages fit the clean page before or after theirs better, as those of a slow movie do that is shifted by one. */
export async function neighboursFit(
  looked: readonly LookedAt[],
  scenes: readonly Scene[],
): Promise<string[]> {
  const sentences: string[] = [];
  for (const [number, scene] of scenes.entries()) {
    if (!scene.clean || scene.clean.length < 3 || scene.averaged) continue;
    const own = looked.filter(
      ({ pair, figures: { correlation } }) =>
        pair.scene === number && correlation && verdictOf(correlation) === "together",
    );
    for (const step of [1, -1]) {
      const better: { readonly one: LookedAt; readonly mate: NamedPage; readonly fit: number }[] = [];
      let count = 0;
      for (const one of own) {
        const index = one.pair.index + step;
        if (index < 0 || index >= scene.clean.length) continue;
        const mate = cleanPage(scene, index);
        const { correlation } = await comparePair(one.pair.noisy.page, mate.page);
        if (!correlation) continue;
        count++;
        const fit = relative(correlation);
        if (fit > relative(one.figures.correlation!) + BETTER)
          better.push({ one, mate, fit: correlation.inPlace });
        // Most of those left cannot be better any more.
        else if (count - better.length > (1 - MOST) * own.length) break;
      }
      const [first] = better;
      if (!first || better.length < 3 || better.length < MOST * count) continue;
      const { one, mate, fit } = first;
      sentences.push(
        `${mate.name} fits ${one.pair.noisy.name} better than ${one.pair.clean.name} (${fit.toFixed(2)} instead of ${one.figures.correlation!.inPlace.toFixed(2)}), ` +
          `and so it is with ${better.length} of ${count} pages looked at: are the pages shifted by one?`,
      );
      break;
    }
  }
  return sentences;
}

const relative = ({ inPlace, expected }: PageCorrelation): number => (expected > 0 ? inPlace / expected : 0);
