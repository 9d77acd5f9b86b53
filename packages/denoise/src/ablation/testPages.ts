import { isAbsolute, join } from "node:path";
import { dataRange } from "@clidim/imaging";
import { scenePages, type ValidationPage } from "../data/splitScenes.js";
import { readTest } from "../training/train.js";
import type { AblationData } from "./ablationFile.js";

/** A data set's test pages. */
export interface TestPages {
  readonly pages: readonly ValidationPage[];
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

/** Reads the test pages of a data set. `InputError`s as `readScenes`. */
export async function readTestPages({ test, peak }: AblationData, folder: string): Promise<TestPages> {
  const scenes = await readTest({
    noisy: filesIn(folder, test.noisy),
    clean: filesIn(folder, test.clean),
    regions: test.regions,
  });
  const pages = scenes.flatMap((scene) => scenePages(scene));
  return {
    pages,
    peakOffset: pages.map(({ clean }) =>
      peak === "range" ? 0 : 20 * Math.log10(peak / dataRange("ablate", clean)),
    ),
    shown: Math.floor(pages.length / 2),
  };
}
