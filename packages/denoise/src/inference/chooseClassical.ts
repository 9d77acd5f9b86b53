import { cutPlane, estimateSharedNoise, type NoiseModel, type Plane } from "@clidim/imaging";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod, ComparedPart } from "../protocol/method.js";
import type { Steps } from "../protocol/steps.js";
import { exceeds, inProportion, meanOf } from "./pairedErrors.js";
import { showingPages } from "./showingPages.js";
import { tellingPages } from "./tellingPages.js";

/** At most so many pages are looked at (`showingPages`). */
const PAGES = 4;

/** Of all pages together about so many pixels, of each where there is something to be seen (`tellingPages`). */
const PIXELS = 2 ** 15;

/** At most so many sets of pixels are hidden, one after the other: so many sixteenths of the pixels in all. */
export const ROUNDS = 8;

/** A method with the least J-invariant loss of its candidates. */
export interface ContestedMethod {
  readonly method: ClassicalMethod;
  /** Mean squared difference, in grey values; of one that lost early, what it would be if its loss kept the ratio to that of the best one. */
  readonly loss: number;
}

/** What was compared, the method to be taken first. */
export type Ranking = readonly [ContestedMethod, ...ContestedMethod[]];

/** Hidden pixels of a part that a method is to foretell, see `Contest.hiddenErrors`. */
export interface HiddenPixels {
  readonly method: ClassicalMethod;
  readonly parameters: Plain;
  readonly part: ComparedPart;
  readonly set: number;
}

interface Candidate {
  readonly method: ClassicalMethod;
  readonly parameters: Plain;
  /** Of the pixels hidden so far, squared. */
  readonly errors: number[];
}

/**
 * The method among those with a `contest` that foretells hidden pixels of noisy pages best, by the J-invariant loss (Batson and Royer 2019): of each method a few parameters, on the same pixels of at most
 * four pages, of each a square with much contrast and one in the middle, squared differences in grey values. Sets of pixels are hidden one after the other, and a candidate that is worse than the best one by more than three standard errors of the difference, pixel by pixel, goes no further, until one method is left.
 * Where pixels share noise, hidden ones are foretold best by what keeps it: there, methods are judged on pages with more noise against such with independent noise (`addedNoiseErrors`).
 * Pages without noise (`estimateNoise`) tell nothing; where all are, it is a method that goes by the noise, which leaves them as they are, with the loss 0.
 * Parts that are blank are left out, and pages of nothing else an `InputError`.
 * Pages of at least `smallest` pixels of all methods, 16 x 16 or more; undefined where no method has a contest. `noise` is that of all pages, where it was measured.
 */
export function* chooseClassical(
  methods: readonly ClassicalMethod[],
  pages: readonly Plane[],
  noise?: NoiseModel,
): Steps<Ranking | undefined> {
  const rounds = contestRounds(methods, pages, noise);
  let round = rounds.next();
  while (!round.done) {
    const errors: ArrayLike<number>[] = [];
    for (const hidden of round.value) {
      errors.push(foretold(hidden));
      yield;
    }
    round = rounds.next(errors);
  }
  return round.value;
}

/** Errors at hidden pixels, in the thread that calls it. */
export const foretold = ({ method, parameters, part, set }: HiddenPixels): readonly number[] =>
  method.contest!.hiddenErrors(part, set, parameters); // candidates have one

/** The rounds of `chooseClassical`: asks for errors of hidden pixels, all of a round at once, and is told them in this order. */
export function* contestRounds(
  methods: readonly ClassicalMethod[],
  pages: readonly Plane[],
  noise: NoiseModel | undefined,
): Generator<readonly HiddenPixels[], Ranking | undefined, readonly ArrayLike<number>[] | undefined> {
  const parts = comparedParts(pages, noise).filter(hasNoise);
  const candidates: readonly Candidate[] = methods.flatMap((method) =>
    (method.contest?.candidates ?? []).map((parameters) => ({ method, parameters, errors: [] })),
  );
  if (candidates.length === 0) return undefined;
  // One that goes by the noise leaves such pages as they are, and foretells nothing of them.
  if (parts.length === 0) {
    const { method } = candidates.find((candidate) => candidate.method.takesNoise) ?? candidates[0]!;
    return [{ method, loss: 0 }];
  }
  let running = candidates;
  for (let set = 0; set < ROUNDS && (set === 0 || methodsOf(running).size > 1); set++) {
    const found = yield running.flatMap(({ method, parameters }) =>
      parts.map((part) => ({ method, parameters, part, set })),
    );
    for (const [i, { errors }] of running.entries()) {
      for (const own of found!.slice(i * parts.length, (i + 1) * parts.length)) {
        for (let k = 0; k < own.length; k++) errors.push(own[k]! ** 2);
      }
    }
    const { errors: least } = leastOf(running);
    running = running.filter(({ errors }) => !exceeds(errors, least));
  }
  const first = leastOf(running);
  const loss = meanOf(first.errors);
  const others = [...methodsOf(candidates)]
    .filter((method) => method !== first.method)
    .map((method) => {
      const own = candidates.filter((candidate) => candidate.method === method);
      const longest = Math.max(...own.map(({ errors }) => errors.length));
      const { errors } = leastOf(own.filter((candidate) => candidate.errors.length === longest));
      // Pixels that it was judged by are the first of those of the best one.
      const least = meanOf(first.errors.slice(0, longest));
      return { method, loss: inProportion(meanOf(errors), least, loss) };
    });
  return [{ method: first.method, loss }, ...others.toSorted((one, other) => one.loss - other.loss)];
}

/** The one with the least mean, of candidates with the same pixels, at least one. */
function leastOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((least, one) => (meanOf(one.errors) < meanOf(least.errors) ? one : least));
}

const methodsOf = (candidates: readonly Candidate[]): Set<ClassicalMethod> =>
  new Set(candidates.map(({ method }) => method));

/** Whether there is anything to foretell less of than of the page itself. */
export const hasNoise = ({ noise }: ComparedPart): boolean => noise.gain !== 0 || noise.offset !== 0;

/** A part of a page, and which of the pages that is. */
export interface PagePart extends ComparedPart {
  readonly index: number;
}

/** What of pages is compared: of each of at most four what shows something (`tellingPages`). */
export function comparedParts(
  pages: readonly Plane[],
  noise: NoiseModel | undefined,
): [PagePart, ...PagePart[]] {
  const looked = showingPages(pages, PAGES);
  const [first, ...others] = tellingPages(looked, Math.floor(Math.sqrt(PIXELS / looked.length))).flatMap(
    ({ page, rectangles }) => {
      const own = estimateSharedNoise(page, noise);
      const index = pages.indexOf(page);
      return rectangles.map((rectangle) => ({ part: cutPlane(page, rectangle), noise: own, index }));
    },
  );
  return [first!, ...others]; // there are pages, and each has a rectangle
}
