import type { Image, Plane, Stack } from "@clidim/imaging";
import { InputError, meanImage, sizeText } from "@clidim/imaging";
import { readStack } from "@clidim/imaging/node";

/** Where clean images come from: files, the mean of each noisy stack, or nowhere. */
export type CleanImages<F> = readonly F[] | "average" | "none";

/** Noisy pages and their truth, where there is one: one clean page for all of them, or one for each. */
export interface Scene {
  /** The noisy file, with its page range. */
  readonly name: string;
  readonly noisy: Stack;
  /** Absent where noisy pages are all there is. */
  readonly clean?: readonly Image[];
  /** Whether the clean page is the mean of the noisy ones. */
  readonly averaged: boolean;
}

/** Predicted pages, their truth and, where given, the noisy pages they were made from. */
export interface EvaluationScene {
  /** The prediction file, with its page range. */
  readonly name: string;
  readonly prediction: Stack;
  readonly clean: readonly Image[];
  readonly noisy?: Stack;
}

/**
 * Pairs noisy files with clean ones. Either as many clean files as noisy ones (page by page, or one clean page for all
 * pages of its noisy file), or one clean file whose page i belongs to noisy file i, or "average": the mean of each noisy
 * stack in float, or "none". Anything else is an `InputError` that lists what was found, as are an empty selection, pages that
 * differ in size, and constant pages.
 */
export function pairStacks(noisy: readonly Stack[], clean: CleanImages<Stack>): Scene[] {
  checkSelection("noisy", noisy);
  for (const stack of noisy) checkContrast(stack.name, stack.pages);
  if (clean === "none") return noisy.map((stack) => ({ name: stack.name, noisy: stack, averaged: false }));
  if (clean === "average") {
    return noisy.map((stack) => {
      if (stack.pages.length < 2) {
        throw new InputError(
          `${stack.name} has 1 page, expected at least 2 to average; give clean images instead of "average"`,
        );
      }
      return { name: stack.name, noisy: stack, clean: [meanImage(stack.pages)], averaged: true };
    });
  }
  return pairPages("noisy", noisy, clean).map(({ stack, pages }) => ({
    name: stack.name,
    noisy: stack,
    clean: pages,
    averaged: false,
  }));
}

/**
 * Pairs predictions with clean files by the same rules, and with noisy files one to one and page by page.
 * Predictions may be constant, truths may not.
 */
export function pairForEvaluation(
  prediction: readonly Stack[],
  clean: readonly Stack[],
  noisy?: readonly Stack[],
): EvaluationScene[] {
  checkSelection("prediction", prediction);
  const pairs = pairPages("prediction", prediction, clean);
  if (!noisy) return pairs.map(({ stack, pages }) => ({ name: stack.name, prediction: stack, clean: pages }));
  const fits =
    noisy.length === prediction.length &&
    noisy.every((stack, i) => stack.pages.length === prediction[i]!.pages.length);
  if (!fits) {
    throw new InputError(
      `expected one noisy file for each prediction, with as many pages; found ${listing("prediction", prediction)}; ${listing("noisy", noisy)}`,
    );
  }
  return pairs.map(({ stack, pages }, i) => {
    checkSizes(noisy[i]!, stack.name, stack.pages);
    return { name: stack.name, prediction: stack, clean: pages, noisy: noisy[i]! };
  });
}

/** Reads the files (paths with optional page ranges) and pairs them as `pairStacks`. */
export async function readScenes(noisy: readonly string[], clean: CleanImages<string>): Promise<Scene[]> {
  return pairStacks(
    await readAll("noisy", noisy),
    typeof clean === "string" ? clean : await readAll("clean", clean),
  );
}

/** Reads the files (paths with optional page ranges) and pairs them as `pairForEvaluation`. */
export async function readEvaluation(
  prediction: readonly string[],
  clean: readonly string[],
  noisy?: readonly string[],
): Promise<EvaluationScene[]> {
  return pairForEvaluation(
    await readAll("prediction", prediction),
    await readAll("clean", clean),
    noisy && (await readAll("noisy", noisy)),
  );
}

async function readAll(role: string, specs: readonly string[]): Promise<Stack[]> {
  checkSelection(role, specs);
  const stacks: Stack[] = [];
  for (const spec of specs) stacks.push(await readStack(spec));
  return stacks;
}

function pairPages(
  role: string,
  stacks: readonly Stack[],
  clean: readonly Stack[],
): { stack: Stack; pages: readonly Image[] }[] {
  checkSelection("clean", clean);
  for (const stack of clean) checkContrast(stack.name, stack.pages);
  const mismatch = (): InputError =>
    new InputError(
      `expected as many clean files as ${role} files (page by page, or one clean page for all pages of its ${role} file), ` +
        `or one clean file whose page i belongs to ${role} file i; found ${listing(role, stacks)}; ${listing("clean", clean)}`,
    );
  if (clean.length === stacks.length) {
    return stacks.map((stack, i) => {
      const truth = clean[i]!;
      if (truth.pages.length !== 1 && truth.pages.length !== stack.pages.length) throw mismatch();
      checkSizes(stack, truth.name, truth.pages);
      return { stack, pages: truth.pages };
    });
  }
  const [only, ...more] = clean;
  if (!only || more.length > 0 || only.pages.length !== stacks.length) throw mismatch();
  return stacks.map((stack, i) => {
    const page = only.pages[i]!;
    checkSizes(stack, `page ${i} of ${only.name}`, [page]);
    return { stack, pages: [page] };
  });
}

function checkSelection(role: string, files: readonly unknown[]): void {
  if (files.length === 0) throw new InputError(`expected at least one ${role} file, got none`);
}

function checkSizes(stack: Stack, otherName: string, others: readonly Plane[]): void {
  const other = others.find((page) => page.width !== stack.width || page.height !== stack.height);
  if (other) {
    throw new InputError(
      `${stack.name} is ${sizeText(stack)} pixels but ${otherName} is ${sizeText(other)}; expected the same size`,
    );
  }
}

function checkContrast(name: string, pages: readonly Plane[]): void {
  pages.forEach(({ data }, i) => {
    for (let k = 1; k < data.length; k++) if (data[k] !== data[0]) return;
    const page = pages.length > 1 ? `page ${i} of the selection in ${name}` : name;
    throw new InputError(`${page} is constant (every pixel is ${data[0]}), expected an image with contrast`);
  });
}

function listing(role: string, stacks: readonly Stack[]): string {
  const files = stacks.map(
    (stack) =>
      `${stack.name} (${stack.pages.length} ${stack.pages.length === 1 ? "page" : "pages"}, ${sizeText(stack)})`,
  );
  return `${stacks.length} ${role} ${stacks.length === 1 ? "file" : "files"}: ${files.join(", ")}`;
}
