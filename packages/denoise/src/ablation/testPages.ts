import { isAbsolute, join } from "node:path";
import {
  blankText,
  dataRange,
  InputError,
  isBlank,
  isUrl,
  type LazyPage,
  type Plane,
  sizeText,
} from "@clidim/imaging";
import { checkFrames } from "../data/frameGroups.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import type { ImageAxes } from "../data/pairing.js";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { scenePages } from "../data/splitScenes.js";
import { StackFiles } from "../data/stackFiles.js";
import { openTestScenes, type TestFiles } from "../data/testScenes.js";
import { type AblationData, axesOf } from "./ablationFile.js";

/** A noisy page and its truth, in memory. */
export interface TestPage {
  readonly name: string;
  /** Where the networks see several captures at once, their mean, with these. */
  readonly noisy: NoisyPlane;
  readonly clean: Plane;
}

/** A data set's test pages. */
export interface TestPages {
  readonly pages: readonly TestPage[];
  /** dB to add to a PSNR whose peak is the range of the clean page, for each page: 0, or `20 log10(peak / range)`. */
  readonly peakOffset: readonly number[];
  /** The page that is shown in the report. */
  readonly shown: number;
}

/** Paths and addresses as they are in the file, in the folder that the data lie in where they are relative. */
export function filesIn(folder: string, specs: readonly string[]): string[];
export function filesIn(folder: string, specs: readonly string[] | "average"): string[] | "average";
export function filesIn(folder: string, specs: readonly string[] | "average"): string[] | "average" {
  return specs === "average" ? specs : specs.map((spec) => fileIn(folder, spec));
}

export const fileIn = (folder: string, spec: string): string =>
  isAbsolute(spec) || isUrl(spec) ? spec : join(folder, spec);

/** Reads the test pages of a data set, or groups of so many captures. `InputError`s as `openTestScenes` and `checkFrames`, and for clean pages that are constant where they are tested. */
export async function readTestPages(
  data: AblationData,
  folder: string,
  checks: PairCheckOptions,
  frames: number,
): Promise<TestPages> {
  const { test, peak } = data;
  const files = {
    noisy: filesIn(folder, test.noisy),
    clean: filesIn(folder, test.clean),
    regions: test.regions,
  };
  const pages = await readPages(files, axesOf(data), checks, frames);
  return {
    pages,
    peakOffset: pages.map(({ clean }) =>
      peak === "range" ? 0 : 20 * Math.log10(peak / dataRange("ablate", clean)),
    ),
    shown: Math.floor(pages.length / 2),
  };
}

async function readPages(
  test: TestFiles,
  axes: ImageAxes,
  checks: PairCheckOptions,
  frames: number,
): Promise<TestPage[]> {
  const files = new StackFiles();
  try {
    const pages: TestPage[] = [];
    const scenes = await openTestScenes(test, files, axes, checks);
    checkFrames(scenes, frames);
    for (const scene of scenes) {
      // One clean page may be the truth of many noisy ones.
      const truths = new Map<LazyPage, Plane>();
      for (const { name, noisy, clean } of scenePages(scene, frames)) {
        const truth = truths.get(clean) ?? (await clean.read());
        if (isBlank(truth)) {
          throw new InputError(
            `${name}: the clean page is constant (${blankText(truth)}) in the part that is tested, ${sizeText(truth)} pixels; expected contrast there, test other regions or leave that page out`,
          );
        }
        truths.set(clean, truth);
        pages.push({ name, noisy: await noisy.read(), clean: truth });
      }
    }
    return pages;
  } finally {
    await files.close();
  }
}
