import {
  type ByteCache,
  blankText,
  cutPage,
  cutPlane,
  fillMissing,
  InputError,
  isBlank,
  type LazyPage,
  largestWhole,
  missingPixels,
  sizeText,
} from "@clidim/imaging";
import { meanPage } from "./meanPages.js";
import type { Scene } from "./pairing.js";
import { type PageStack, pageName } from "./stackFiles.js";

/** Where the largest part without missing pixels has so much of those that are there, the rest is left out. */
const LARGE_PART = 1 / 2;

/** Of fewer missing pixels than this part of a page, such as dead ones, those around them tell enough. */
const FEW_MISSING = 1 / 50;

/** A page that is left out, and why. */
interface LeftOut {
  readonly name: string;
  readonly text: string;
}

/**
 * Scenes as they can be trained on: without blank pages, such as dropped frames, and without missing pixels (NaN or infinite). Of a scene some of whose pages have such pixels, all pages are cut to
 * the largest part in which none has any, where that is half or more of what is there; a few others are filled from those around them. What is left out or filled is told in `onWarning`.
 * Each page is read once, so that damaged pages are found too; scenes in which all is well are returned as they are.
 *
 * `InputError`s: scenes of blank pages alone, with one page left to average, with a blank page as the only truth, and with more missing pixels, here and there.
 */
export async function usableScenes(
  scenes: readonly Scene[],
  cache: ByteCache,
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  const blank: LeftOut[] = [];
  const usable: Scene[] = [];
  for (const scene of scenes) {
    const { kept, leftOut, missing } = await inspect(scene);
    blank.push(...leftOut);
    if (leftOut.length === 0 && !missing) {
      usable.push(scene);
      continue;
    }
    const { change, sentence } = withoutMissing(scene, missing);
    if (sentence !== undefined) onWarning?.(sentence);
    usable.push(changed(scene, kept, change, cache));
  }
  const [first] = blank;
  if (first) {
    const others = blank.length - 1;
    const more = others === 0 ? "" : others === 1 ? "; so is another page" : `; so are ${others} others`;
    onWarning?.(`${first.name} is blank (${first.text}) and left out${more}`);
  }
  return usable;
}

interface Inspected {
  /** The noisy pages that are used. */
  readonly kept: readonly number[];
  readonly leftOut: readonly LeftOut[];
  /** 1 where a pixel of any of the pages that are used is missing; undefined where none is. */
  readonly missing?: Uint8Array;
}

async function inspect(scene: Scene): Promise<Inspected> {
  const { name, noisy, clean = [], cleanNames = [], averaged } = scene;
  const truths = averaged ? [] : clean;
  const kept: number[] = [];
  const leftOut: LeftOut[] = [];
  let missing: Uint8Array | undefined;
  /** Why a page is blank; else its missing pixels count. */
  const look = async (page: LazyPage): Promise<{ blank?: string; missing?: Uint8Array }> => {
    const plane = await page.read();
    if (isBlank(plane)) return { blank: blankText(plane) };
    const found = missingPixels(plane);
    return found ? { missing: found } : {};
  };
  const add = (found: Uint8Array | undefined): void => {
    if (!found) return;
    missing ??= new Uint8Array(found.length);
    for (let i = 0; i < found.length; i++) missing[i]! |= found[i]!;
  };
  if (truths.length === 1) {
    const truth = await look(truths[0]!);
    if (truth.blank !== undefined) throw constant(cleanNames[0] ?? `the clean page of ${name}`, truth.blank);
    add(truth.missing);
  }
  for (const [index, page] of noisy.pages.entries()) {
    const found = await look(page);
    const truth = truths.length > 1 ? await look(truths[index]!) : {};
    if (found.blank !== undefined) leftOut.push({ name: pageName(noisy, index), text: found.blank });
    else if (truth.blank !== undefined) {
      leftOut.push({ name: cleanNames[index] ?? `clean page ${index} of ${name}`, text: truth.blank });
    } else {
      kept.push(index);
      add(found.missing);
      add(truth.missing);
    }
  }
  if (kept.length === 0) {
    const first = leftOut[0]!; // a stack has pages
    throw constant(first.name, first.text);
  }
  if (averaged && kept.length < 2) {
    throw new InputError(
      `${name} has 1 page that is not blank, expected at least 2 to average; give clean images instead of "average"`,
    );
  }
  return { kept, leftOut, ...(missing && { missing }) };
}

function constant(name: string, text: string): InputError {
  return new InputError(`${name} is constant (${text}), expected an image with contrast`);
}

/** What is done with each page of a scene, and the sentence that says so. */
function withoutMissing(
  { name, noisy: { width, height } }: Scene,
  missing: Uint8Array | undefined,
): { readonly change: (page: LazyPage) => LazyPage; readonly sentence?: string } {
  if (!missing) return { change: (page) => page };
  const gone = missing.reduce((sum, one) => sum + one, 0);
  const part = largestWhole(missing, width);
  if (part && part.width * part.height >= LARGE_PART * (missing.length - gone)) {
    return {
      change: (page) => cutPage(page, part),
      sentence: `${name} has pixels that are NaN or infinite; the part without any is used, ${sizeText(part)} pixels at x ${part.x}, y ${part.y}`,
    };
  }
  if (gone <= FEW_MISSING * missing.length) {
    return {
      change: filledPage,
      sentence: `${name} has pixels that are NaN or infinite, at ${gone} places; they are filled from those around them`,
    };
  }
  const size = part ? sizeText(part) : "0 x 0";
  throw new InputError(
    `${name}: at ${((100 * gone) / missing.length).toFixed(1)} % of the places a pixel is NaN or infinite, and the largest part without any is ${size} of ${sizeText({ width, height })} pixels; ` +
      "cut the images to a part without any, or leave the pages out that have most",
  );
}

/** The page with its missing pixels filled. */
function filledPage(page: LazyPage): LazyPage {
  const { width, height } = page;
  return {
    width,
    height,
    dtype: page.dtype,
    read: async (window) => {
      const whole = await page.read();
      const missing = missingPixels(whole);
      const filled = missing ? fillMissing(whole, missing) : whole;
      return window ? cutPlane(filled, window) : filled;
    },
  };
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
    clean: of(clean).map(change),
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
  const all = kept.length === stack.pages.length;
  return {
    ...stack,
    width,
    height,
    pages,
    // What is left of several axes is no block of them any more.
    ...(!all && { extents: kept.length > 1 ? [{ axis: "T", extent: kept.length }] : [], numbers: kept }),
  };
}
