import { isAbsolute, join } from "node:path";
import { dataRange, type LazyPage, type Plane } from "@clidim/imaging";
import type { ImageAxes } from "../data/pairing.js";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { scenePages } from "../data/splitScenes.js";
import { StackFiles } from "../data/stackFiles.js";
import { openTestScenes, type TestFiles } from "../data/testScenes.js";
import { type AblationData, axesOf } from "./ablationFile.js";

/** A noisy page and its truth, in memory. */
export interface TestPage {
  readonly name: string;
  readonly noisy: Plane;
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

/** Paths as they are in the file, in the folder that the data lie in where they are relative. */
export function filesIn(folder: string, specs: readonly string[]): string[];
export function filesIn(folder: string, specs: readonly string[] | "average"): string[] | "average";
export function filesIn(folder: string, specs: readonly string[] | "average"): string[] | "average" {
  return specs === "average" ? specs : specs.map((spec) => fileIn(folder, spec));
}

export const fileIn = (folder: string, spec: string): string =>
  isAbsolute(spec) ? spec : join(folder, spec);

/** Reads the test pages of a data set. `InputError`s as `openTestScenes`. */
export async function readTestPages(
  data: AblationData,
  folder: string,
  checks: PairCheckOptions,
): Promise<TestPages> {
  const { test, peak } = data;
  const files = {
    noisy: filesIn(folder, test.noisy),
    clean: filesIn(folder, test.clean),
    regions: test.regions,
  };
  const pages = await readPages(files, axesOf(data), checks);
  return {
    pages,
    peakOffset: pages.map(({ clean }) =>
      peak === "range" ? 0 : 20 * Math.log10(peak / dataRange("ablate", clean)),
    ),
    shown: Math.floor(pages.length / 2),
  };
}

async function readPages(test: TestFiles, axes: ImageAxes, checks: PairCheckOptions): Promise<TestPage[]> {
  const files = new StackFiles();
  try {
    const pages: TestPage[] = [];
    for (const scene of await openTestScenes(test, files, axes, checks)) {
      // One clean page may be the truth of many noisy ones.
      const truths = new Map<LazyPage, Plane>();
      for (const { name, noisy, clean } of scenePages(scene)) {
        const truth = truths.get(clean) ?? (await clean.read());
        truths.set(clean, truth);
        pages.push({ name, noisy: await noisy.read(), clean: truth });
      }
    }
    return pages;
  } finally {
    await files.close();
  }
}
