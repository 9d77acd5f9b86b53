import { type ByteCache, blankText, InputError, isBlank, type LazyPage } from "@clidim/imaging";
import { changedPages } from "./changedPages.js";
import { type LeftOut, leftOutSentence } from "./leftOut.js";
import { meanPage } from "./meanPages.js";
import { MissingPlaces, withoutMissing } from "./missingPlaces.js";
import type { Scene } from "./pairing.js";
import { type PageStack, pageName } from "./stackFiles.js";
import { suspectedSentence } from "./suspectedNodata.js";

/**
 * Scenes as they can be trained on: without blank pages, such as dropped frames, and without missing pixels (NaN or infinite). Of a scene some of whose pages have such pixels, all pages are cut to
 * the largest part in which none has any, where that is half or more of what is there; a few others are filled from those around them. What is left out or filled is told in `onWarning`, as are areas of one grey value that looks like none (see `suspectedValue`).
 * Each page is read once, so that damaged pages are found too; scenes in which all is well are returned as they are.
 *
 * `InputError`s: scenes of blank pages alone, unless these are left out, with one page left to average, with a blank page as the only truth, and with more missing pixels, here and there.
 */
export async function usableScenes(
  scenes: readonly Scene[],
  cache: ByteCache,
  onWarning?: (sentence: string) => void,
  blankScenes: "leave out" | "refuse" = "refuse",
): Promise<Scene[]> {
  const blank: LeftOut[] = [];
  const usable: Scene[] = [];
  for (const scene of scenes) {
    const { kept, leftOut, missing, suspected } = await inspect(scene);
    if (suspected !== undefined) onWarning?.(suspected);
    blank.push(...leftOut);
    if (kept.length === 0 && blankScenes === "leave out") continue;
    checkKept(scene, kept, leftOut);
    if (leftOut.length === 0 && missing.count === 0) {
      usable.push(scene);
      continue;
    }
    const { change, sentence } = withoutMissing(scene.name, missing);
    if (sentence !== undefined) onWarning?.(sentence);
    usable.push(changed(scene, kept, change, cache));
  }
  const sentence = leftOutSentence(blank);
  if (sentence !== undefined) onWarning?.(sentence);
  return usable;
}

interface Inspected {
  /** The noisy pages that are used. */
  readonly kept: readonly number[];
  readonly leftOut: readonly LeftOut[];
  /** Where a pixel of any of the pages that are used is missing. */
  readonly missing: MissingPlaces;
  /** What is to be said of areas that look like no value. */
  readonly suspected: string | undefined;
}

async function inspect(scene: Scene): Promise<Inspected> {
  const { name, noisy, clean = [], cleanNames = [], averaged } = scene;
  const truths = averaged ? [] : clean;
  const kept: number[] = [];
  const leftOut: LeftOut[] = [];
  const missing = new MissingPlaces(noisy);
  let suspected: string | undefined;
  if (truths.length === 1) {
    const truth = await truths[0]!.read();
    if (isBlank(truth)) throw constant(cleanNames[0] ?? `the clean page of ${name}`, blankText(truth));
    missing.add(truth);
  }
  for (const [index, page] of noisy.pages.entries()) {
    const plane = await page.read();
    const truth = truths.length > 1 ? await truths[index]!.read() : undefined;
    if (isBlank(plane)) leftOut.push({ name: pageName(noisy, index), text: blankText(plane) });
    else if (truth && isBlank(truth)) {
      leftOut.push({ name: cleanNames[index] ?? `clean page ${index} of ${name}`, text: blankText(truth) });
    } else {
      if (kept.length === 0 && noisy.nodata === undefined) {
        suspected = suspectedSentence(pageName(noisy, index), plane);
      }
      kept.push(index);
      missing.add(plane);
      if (truth) missing.add(truth);
    }
  }
  return { kept, leftOut, missing, suspected };
}

/** Throws where what is left of a scene is not enough. */
function checkKept({ name, averaged }: Scene, kept: readonly number[], [first]: readonly LeftOut[]): void {
  if (kept.length === 0 && first) throw constant(first.name, first.text);
  if (averaged && kept.length < 2) {
    throw new InputError(
      `${name} has 1 page that is not blank, expected at least 2 to average; give clean images instead of "average"`,
    );
  }
}

function constant(name: string, text: string): InputError {
  return new InputError(`${name} is constant (${text}), expected an image with contrast`);
}

function changed(
  scene: Scene,
  kept: readonly number[],
  change: (page: LazyPage) => LazyPage,
  cache: ByteCache,
): Scene {
  const { noisy, clean, cleanNames, averaged } = scene;
  const stack = keptPages(noisy, kept, change);
  if (averaged) return { ...scene, noisy: stack, clean: [meanPage(stack.pages, cache)] };
  if (!clean) return { ...scene, noisy: stack };
  const of = <T>(list: readonly T[]): readonly T[] =>
    clean.length === 1 ? list : kept.map((index) => list[index]!);
  return {
    ...scene,
    noisy: stack,
    clean: changedPages(of(clean), change),
    ...(cleanNames && { cleanNames: of(cleanNames) }),
  };
}

function keptPages(
  stack: PageStack,
  kept: readonly number[],
  change: (page: LazyPage) => LazyPage,
): PageStack {
  const pages = kept.map((index) => change(stack.pages[index]!));
  const { width, height } = pages[0]!;
  const { mixed, ...rest } = { ...stack, width, height, pages };
  if (kept.length === stack.pages.length) return { ...stack, ...rest };
  const axes = mixed ?? stack.extents.map(({ axis }) => axis);
  const [only, ...others] = stack.extents;
  const extent = kept.length;
  if (extent === 1) return { ...rest, extents: [], numbers: kept };
  if (only && others.length === 0 && !mixed) {
    return { ...rest, extents: [{ axis: only.axis, extent }], numbers: kept };
  }
  // What is left of several axes is no block of them any more, but lies along them all the same.
  return { ...rest, extents: [{ axis: "T", extent }], mixed: axes, numbers: kept };
}
