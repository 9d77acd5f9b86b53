import { evenlySpread, fromFunction, type LazyPage } from "@clidim/imaging";
import type { Scene } from "../pairing.js";
import { pageName } from "../stackFiles.js";
import type { NamedPage, PairFigures } from "./comparePair.js";

/** A noisy page and the clean one that is said to be its truth. */
export interface Pair {
  readonly noisy: NamedPage;
  readonly clean: NamedPage;
  /** The scene's number. */
  readonly scene: number;
  /** The noisy page's number in the scene. */
  readonly index: number;
}

/** A pair that was looked at. */
export interface LookedAt {
  readonly pair: Pair;
  readonly figures: PairFigures;
}

/** So many pairs are looked at, more where there are more scenes: at least one of each. */
const PAIRS = 48;

/** At most so many of one scene. */
const OF_ONE_SCENE = 8;

/** Pairs evenly spread over each scene that has clean pages. The clean page of an averaged scene is the mean of its other pages. */
export function samplePairs(scenes: readonly Scene[]): Pair[] {
  const paired = scenes.filter(({ clean }) => clean);
  const each = Math.max(1, Math.min(OF_ONE_SCENE, Math.floor(PAIRS / Math.max(1, paired.length))));
  return scenes.flatMap((scene, number) => {
    if (!scene.clean) return [];
    const count = scene.noisy.pages.length;
    return evenlySpread(Math.min(each, count), count).map((index) => ({
      noisy: noisyPage(scene, index),
      clean: cleanPage(scene, index),
      scene: number,
      index,
    }));
  });
}

export const noisyPage = ({ noisy }: Scene, index: number): NamedPage => ({
  name: pageName(noisy, index),
  page: noisy.pages[index]!,
});

/** The truth of a noisy page of a scene that has one. */
export function cleanPage({ name, noisy, clean, cleanNames, averaged }: Scene, index: number): NamedPage {
  if (!clean) throw new Error(`cleanPage: ${name} has no clean pages`);
  const place = clean.length === 1 ? 0 : index;
  const page = clean[place]!;
  if (!averaged) return { name: cleanNames?.[place] ?? `the clean page of ${name}`, page };
  return { name: `the mean of its other pages`, page: meanOfOthers(page, noisy.pages, index) };
}

/** The mean without one page of it. */
function meanOfOthers(mean: LazyPage, pages: readonly LazyPage[], index: number): LazyPage {
  const { width, height } = mean;
  const count = pages.length;
  return {
    width,
    height,
    dtype: "float32",
    read: async (window) => {
      const [all, one] = [await mean.read(window), await pages[index]!.read(window)];
      const data = fromFunction(
        new Float32Array(all.data.length),
        (i) => (count * all.data[i]! - one.data[i]!) / (count - 1),
      );
      return { width: all.width, height: all.height, data };
    },
  };
}
