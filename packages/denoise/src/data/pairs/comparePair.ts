import {
  clippedPart,
  contrastWindow,
  FEWEST_SIGNAL,
  fitUnits,
  type LazyPage,
  type PageCorrelation,
  type Plane,
  pageCorrelation,
  SMALLEST_COMPARED,
  type UnitFit,
} from "@clidim/imaging";

/** A page and what messages call it. */
export interface NamedPage {
  readonly name: string;
  readonly page: LazyPage;
}

/** What two pages that are said to show the same have in common. */
export interface PairFigures {
  /** Whether all pixels looked at are equal. */
  readonly identical: boolean;
  /** Absent where the pages are too small to tell. */
  readonly correlation?: PageCorrelation;
  /** The noisy page's grey values from the clean one's; absent as above. */
  readonly units?: UnitFit;
  /** What part of the clean page was clipped at its largest value, where the noisy one goes on; absent as above. */
  readonly clipped?: number;
}

/** Of a larger page, a window of this side is looked at. */
const SIDE = 256;

/** Compares two pages of one size in the window in which the clean one has the most contrast. */
export async function comparePair(noisy: LazyPage, clean: LazyPage): Promise<PairFigures> {
  const window = await contrastWindow(clean, SIDE);
  return compared(await noisy.read(window), await clean.read(window));
}

function compared(noisy: Plane, clean: Plane): PairFigures {
  const identical = equal(noisy.data, clean.data);
  if (Math.min(noisy.width, noisy.height) < SMALLEST_COMPARED) return { identical };
  return {
    identical,
    correlation: pageCorrelation(noisy, clean),
    units: fitUnits(noisy, clean),
    clipped: clippedPart(noisy, clean),
  };
}

/** Whether the values are the same. */
export function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * "together": the pages show the same. "apart": they do not, which is certain: the correlation is below half of what the noise allows, by two standard deviations of chance, and no more than chance
 * or a quarter of what the noise allows. "unclear": there is too little but noise to be seen.
 */
export type Verdict = "together" | "apart" | "unclear";

/** So many standard deviations of chance are not reached by chance. */
const CERTAIN = 5;

/** What two pages that are said to show the same are, as far as `pageCorrelation` tells. */
export function verdictOf({ inPlace, expected, chance }: PageCorrelation): Verdict {
  if (inPlace > Math.max(CERTAIN * chance, expected / 4)) return "together";
  if (expected < FEWEST_SIGNAL) return "unclear";
  return inPlace + 2 * chance < expected / 2 ? "apart" : "unclear";
}

/** Whether one page looks like the negative of the other. */
export const isNegative = ({ inPlace, expected, chance }: PageCorrelation): boolean =>
  inPlace < -Math.max(CERTAIN * chance, expected / 2);

/** Whether pages that do not fit as they lie do so where one is moved. The largest of some ten thousand correlations is larger than one. */
export const fitsMoved = ({ shifted, expected, chance }: PageCorrelation): boolean =>
  expected >= FEWEST_SIGNAL && shifted > Math.max(1.6 * CERTAIN * chance, expected / 2);
