import { type FileSpec, InputError, overlappingRegions, type RegionName } from "@clidim/imaging";
import { parseFileSpec } from "@clidim/imaging/node";
import type { DataFile } from "../training/manifest.js";
import type { DataSetFiles } from "./dataFiles.js";
import type { AblationRun } from "./grid.js";
import { fileIn } from "./testPages.js";

/**
 * Refuses a run that would be tested on pixels that it is trained on: a page of a file, or of a copy of it, of which parts that overlap are used for both. Noisy and clean files
 * count alike.
 */
export function checkApart(
  { title, data, configuration }: AblationRun,
  { train, test }: DataSetFiles,
  folder: string,
): void {
  if (!share(configuration.regions, data.test.regions)) return;
  for (const tested of test) {
    const trained = train.find(
      (file) => file.sha256 === tested.sha256 && intersect(pagesOf(file, folder), pagesOf(tested, folder)),
    );
    if (!trained) continue;
    throw new InputError(
      `${title}: ${tested.name}${partsText(data.test.regions)} is tested on, and ${trained.name}${partsText(configuration.regions)} ` +
        "is trained on, which have pixels in common; " +
        "test on other files or pages, or on parts of the images (test.regions) that are not trained on (overrides.regions)",
    );
  }
}

const pagesOf = ({ name }: DataFile, folder: string): FileSpec["range"] =>
  parseFileSpec(fileIn(folder, name)).range;

/** Whether two page ranges have a page in common; without a range a file's pages are all meant. */
const intersect = (a: FileSpec["range"], b: FileSpec["range"]): boolean =>
  !a || !b || (a.first <= b.last && b.first <= a.last);

/** Whether parts of an image have pixels in common with others of it; no parts are the whole image. */
const share = (some: readonly RegionName[], others: readonly RegionName[]): boolean =>
  some.length === 0 ||
  others.length === 0 ||
  some.some((one) => others.some((other) => overlappingRegions([one, other]) !== undefined));

const partsText = (regions: readonly RegionName[]): string =>
  regions.length === 0 ? "" : ` (${regions.join(", ")})`;
