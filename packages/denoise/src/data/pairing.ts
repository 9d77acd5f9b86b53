import {
  type Affine,
  type ByteCache,
  blankText,
  InputError,
  isBlank,
  type LazyPage,
  type MissingPolicy,
  sizeText,
} from "@clidim/imaging";
import { type AxisSelection, extentsText, type Strictness } from "./axisSelection.js";
import { changedPages } from "./changedPages.js";
import type { FileOfScenes } from "./crops.js";
import { meanPage } from "./meanPages.js";
import { MissingPlaces, partText, withoutMissing } from "./missingPlaces.js";
import {
  type Captures,
  defaultCaptures,
  pagesAlong,
  refuseChannels,
  refuseOthersThanCaptures,
  refusePositions,
} from "./pageAxes.js";
import { type PageStack, pageName, type StackFiles } from "./stackFiles.js";
import { suspectedSentence } from "./suspectedNodata.js";
import { usableScenes } from "./usableScenes.js";

/** Where clean images come from: files, the mean of each noisy stack, or nowhere. */
export type CleanImages<F> = readonly F[] | "average" | "none";

/** What of the files is meant, and which of their axes hold repeated captures. */
export interface ImageAxes extends AxisSelection {
  /** Default: T. */
  readonly captures?: Captures | undefined;
}

/** Noisy pages and their truth, where there is one: one clean page for all of them, or one for each. */
export interface Scene {
  /** The noisy file, with its page range. */
  readonly name: string;
  readonly noisy: PageStack;
  /** Absent where noisy pages are all there is. */
  readonly clean?: readonly LazyPage[];
  /** What messages call the clean pages, where they are files'. */
  readonly cleanNames?: readonly string[];
  /** Of each clean page, the map by which it was converted to the noisy images' units; absent where they have the same. */
  readonly units?: readonly Affine[];
  /** Whether the clean page is the mean of the noisy ones. */
  readonly averaged: boolean;
  readonly file?: FileOfScenes;
}

/** Predicted pages, their truth and, where given, the noisy pages they were made from. */
export interface EvaluationScene {
  /** The prediction file, with its page range. */
  readonly name: string;
  readonly prediction: PageStack;
  readonly clean: readonly LazyPage[];
  /** What messages call the clean pages. */
  readonly cleanNames?: readonly string[];
  readonly noisy?: PageStack;
}

/**
 * Pairs noisy files with clean ones. Either as many clean files as noisy ones (page by page, or one clean page for all
 * pages of its noisy file), or one clean file whose page i belongs to noisy file i, or "average": the mean of each noisy
 * stack in float, kept in `cache`, or "none". Page by page is along the axes of both: clean files may lack those of `captures`, of which all pages have the
 * same truth, and which alone are averaged. Anything else is an `InputError` that lists what was found, as are an empty selection, several channels, pages that
 * differ in size. Pages that cannot be used are left out, see `usableScenes`, whose errors and warnings are these.
 */
export async function pairStacks(
  noisy: readonly PageStack[],
  clean: CleanImages<PageStack>,
  cache: ByteCache,
  captures: Captures = defaultCaptures,
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  checkSelection("noisy", noisy);
  for (const stack of noisy) refuseChannels(stack, captures);
  return usableScenes(pairScenes(noisy, clean, cache, captures), cache, onWarning);
}

function pairScenes(
  noisy: readonly PageStack[],
  clean: CleanImages<PageStack>,
  cache: ByteCache,
  captures: Captures,
): Scene[] {
  if (clean === "none") return noisy.map((stack) => ({ name: stack.name, noisy: stack, averaged: false }));
  if (clean === "average") {
    return noisy.map((stack) => {
      if (stack.pages.length < 2) {
        throw new InputError(
          `${stack.name} has 1 page, expected at least 2 to average; give clean images instead of "average"`,
        );
      }
      refuseOthersThanCaptures(stack, captures, "the mean of others shows no image");
      return { name: stack.name, noisy: stack, clean: [meanPage(stack.pages, cache)], averaged: true };
    });
  }
  return pairPages("noisy", noisy, clean, captures).map(({ stack, pages, names }) => ({
    name: stack.name,
    noisy: stack,
    clean: pages,
    cleanNames: names,
    averaged: false,
  }));
}

/**
 * Pairs predictions with clean files by the same rules, and with noisy files one to one and page by page.
 * Predictions may be constant, truths, which are read once for this, may not. Where pixels of a scene are missing, the part without any is judged (see `withoutMissing`), which is told in `onWarning`,
 * as are areas of one grey value that looks like none (see `suspectedValue`), of the first page of each file.
 */
export async function pairForEvaluation(
  prediction: readonly PageStack[],
  clean: readonly PageStack[],
  noisy?: readonly PageStack[],
  captures: Captures = defaultCaptures,
  onWarning?: (sentence: string) => void,
): Promise<EvaluationScene[]> {
  checkSelection("prediction", prediction);
  for (const stack of prediction) refuseChannels(stack, captures);
  const scenes = pairPages("prediction", prediction, clean, captures).map(
    ({ stack, pages, names }): EvaluationScene => {
      return { name: stack.name, prediction: stack, clean: pages, cleanNames: names };
    },
  );
  const paired = noisy ? withNoisy(scenes, noisy) : scenes;
  for (const stack of clean) await checkContrast(stack);
  for (const stack of [...prediction, ...clean, ...(noisy ?? [])]) {
    if (stack.nodata !== undefined) continue;
    const suspected = suspectedSentence(pageName(stack, 0), await stack.pages[0]!.read());
    if (suspected !== undefined) onWarning?.(suspected);
  }
  const present: EvaluationScene[] = [];
  for (const scene of paired) present.push(await withoutMissingPixels(scene, onWarning));
  return present;
}

/** Pages are cut to the part in which none of them has missing pixels, see `withoutMissing`; an `InputError` where a clean page is constant there. */
async function withoutMissingPixels(
  scene: EvaluationScene,
  onWarning?: (sentence: string) => void,
): Promise<EvaluationScene> {
  const { name, prediction, clean, cleanNames, noisy } = scene;
  const missing = new MissingPlaces(prediction);
  for (const page of [...prediction.pages, ...clean, ...(noisy?.pages ?? [])]) {
    if (page.dtype === "float32") missing.add(await page.read());
  }
  if (missing.count === 0) return scene;
  const { change, sentence, part } = withoutMissing(name, missing);
  if (sentence !== undefined) onWarning?.(sentence);
  const truths = changedPages(clean, change);
  for (const [i, truth] of part ? truths.entries() : []) {
    const plane = await truth.read();
    if (!isBlank(plane)) continue;
    throw new InputError(
      `${cleanNames?.[i] ?? `the clean page of ${name}`} is constant (${blankText(plane)}) in the part without missing pixels (${partText(part!)}), expected contrast there; leave that page out, or judge it by itself`,
    );
  }
  const changed = (stack: PageStack): PageStack => {
    const pages = stack.pages.map(change);
    return { ...stack, width: pages[0]!.width, height: pages[0]!.height, pages };
  };
  return {
    ...scene,
    prediction: changed(prediction),
    clean: truths,
    ...(noisy && { noisy: changed(noisy) }),
  };
}

function withNoisy(scenes: readonly EvaluationScene[], noisy: readonly PageStack[]): EvaluationScene[] {
  const pages = scenes.map(({ prediction }, i) => noisy[i] && pagesAlong(prediction, noisy[i], []));
  if (noisy.length !== scenes.length || pages.includes(undefined)) {
    const prediction = scenes.map((scene) => scene.prediction);
    throw new InputError(
      `expected one noisy file for each prediction, with as many pages; found ${listing("prediction", prediction)}; ${listing("noisy", noisy)}${framesHint(prediction, noisy)}`,
    );
  }
  return scenes.map((scene, i) => {
    const stack = noisy[i]!;
    checkSizes(stack, scene.name, scene.prediction.pages);
    return { ...scene, noisy: { ...stack, pages: pages[i]!, extents: scene.prediction.extents } };
  });
}

/**
 * Opens the files (paths with optional page ranges) and pairs them as `pairStacks`. The pages can be read until `files` is closed. What is selected of noisy files is
 * selected of clean ones that have it.
 */
export async function openScenes(
  noisy: readonly string[],
  clean: CleanImages<string>,
  files: StackFiles,
  { captures, ...selection }: ImageAxes = {},
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  const keep = { missing: "keep" } as const;
  return pairStacks(
    await openAll("noisy", noisy, files, selection, keep),
    typeof clean === "string" ? clean : await openTruths(clean, noisy, files, selection, keep),
    files.cache,
    captures,
    onWarning,
  );
}

/** Opens the files (paths with optional page ranges) and pairs them as `pairForEvaluation`. The pages can be read until `files` is closed. */
export async function openEvaluation(
  prediction: readonly string[],
  clean: readonly string[],
  noisy: readonly string[] | undefined,
  files: StackFiles,
  { captures, ...selection }: ImageAxes = {},
  onWarning?: (sentence: string) => void,
): Promise<EvaluationScene[]> {
  const keep = { missing: "keep" } as const;
  return pairForEvaluation(
    await openAll("prediction", prediction, files, selection, keep),
    await openTruths(clean, prediction, files, selection, keep),
    noisy && (await openAll("noisy", noisy, files, selection, keep)),
    captures,
    onWarning,
  );
}

/** Opens files of a role, which messages name, and refuses none. */
export async function openAll(
  role: string,
  specs: readonly string[],
  files: StackFiles,
  selection: AxisSelection,
  { strictness, missing }: { readonly strictness?: Strictness; readonly missing?: MissingPolicy } = {},
): Promise<PageStack[]> {
  checkSelection(role, specs);
  const stacks: PageStack[] = [];
  for (const spec of specs) stacks.push(await files.open(spec, selection, strictness, missing));
  return stacks;
}

/** Clean files. One whose pages belong to a file each has times and depths of its own. */
function openTruths(
  clean: readonly string[],
  others: readonly string[],
  files: StackFiles,
  { channel, nodata, ...planes }: AxisSelection,
  reading: { readonly missing?: MissingPolicy } = {},
): Promise<PageStack[]> {
  const selection = { channel, nodata, ...(clean.length === others.length && planes) };
  return openAll("clean", clean, files, selection, { ...reading, strictness: "where there is a choice" });
}

function pairPages(
  role: string,
  stacks: readonly PageStack[],
  clean: readonly PageStack[],
  captures: Captures,
): { stack: PageStack; pages: readonly LazyPage[]; names: readonly string[] }[] {
  checkSelection("clean", clean);
  for (const truth of clean) refuseChannels(truth, captures);
  const mismatch = (): InputError =>
    new InputError(
      `expected as many clean files as ${role} files (page by page, or one clean page for all pages of its ${role} file), ` +
        `or one clean file whose page i belongs to ${role} file i; found ${listing(role, stacks)}; ${listing("clean", clean)}`,
    );
  if (clean.length === stacks.length) {
    return stacks.map((stack, i) => {
      const truth = clean[i]!;
      const pages = truth.pages.length === 1 ? truth.pages : pagesAlong(stack, truth, captures);
      if (!pages) throw mismatch();
      checkSizes(stack, truth.name, pages);
      if (pages.length < stack.pages.length) refuseSeveralImages(stack, captures);
      if (truth.pages.length < stack.pages.length) refusePositions(stack);
      const names = pages.map((page) => pageName(truth, truth.pages.indexOf(page)));
      return { stack, pages, names };
    });
  }
  const [only, ...more] = clean;
  if (!only || more.length > 0 || only.pages.length !== stacks.length) throw mismatch();
  return stacks.map((stack, i) => {
    const page = only.pages[i]!;
    checkSizes(stack, `page ${i} of ${only.name}`, [page]);
    refuseSeveralImages(stack, captures);
    return { stack, pages: [page], names: [pageName(only, i)] };
  });
}

function refuseSeveralImages(stack: PageStack, captures: Captures): void {
  refuseOthersThanCaptures(stack, captures, "one clean page is not the truth of others");
}

function checkSelection(role: string, files: readonly unknown[]): void {
  if (files.length === 0) throw new InputError(`expected at least one ${role} file, got none`);
}

function checkSizes(stack: PageStack, otherName: string, others: readonly LazyPage[]): void {
  const other = others.find((page) => page.width !== stack.width || page.height !== stack.height);
  if (other) {
    throw new InputError(
      `${stack.name} is ${sizeText(stack)} pixels but ${otherName} is ${sizeText(other)}; expected the same size`,
    );
  }
}

/** What is to be done where each noisy file has so many times the pages of its prediction. */
function framesHint(prediction: readonly PageStack[], noisy: readonly PageStack[]): string {
  const [times, ...others] = new Set(
    noisy.map(({ pages }, i) => pages.length / (prediction[i]?.pages.length ?? 0)),
  );
  const several =
    others.length === 0 &&
    times !== undefined &&
    Number.isInteger(times) &&
    times > 1 &&
    noisy.length === prediction.length;
  return several
    ? `; where a model made each page of ${times} captures, leave the noisy files out, or give the means of the captures`
    : "";
}

async function checkContrast({ name, pages }: PageStack): Promise<void> {
  for (const [i, page] of pages.entries()) {
    const plane = await page.read();
    if (!isBlank(plane)) continue;
    const which = pages.length > 1 ? `page ${i} of the selection in ${name}` : name;
    throw new InputError(`${which} is constant (${blankText(plane)}), expected an image with contrast`);
  }
}

/** What was found, for messages: each file with its pages and its size. */
export function listing(role: string, stacks: readonly PageStack[]): string {
  const files = stacks.map((stack) => {
    const { name, pages, extents } = stack;
    const axes = extents.length > 1 ? ` along ${extentsText(extents)}` : "";
    return `${name} (${pages.length} ${pages.length === 1 ? "page" : "pages"}${axes}, ${sizeText(stack)})`;
  });
  return `${stacks.length} ${role} ${stacks.length === 1 ? "file" : "files"}: ${files.join(", ")}`;
}
