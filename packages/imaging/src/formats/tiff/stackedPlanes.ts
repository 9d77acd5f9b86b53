import { fileSpecText } from "../../image/fileSpec.js";
import { InputError } from "../../image/inputError.js";
import { type BlockPlaces, type Blocks, findBlocks, rowsIn } from "./blockTable.js";
import { imagejPageCount } from "./imagejDescription.js";
import { metamorphDistances, UIC2 } from "./microscopeTags.js";
import type { PageDescription } from "./pageDescription.js";
import type { TiffDirectory } from "./readDirectory.js";
import { truncatedPlanes } from "./tifffileDescription.js";

/** Planes of which one directory describes the first: the others lie behind it. */
export interface StackedPlanes {
  readonly by: "ImageJ" | "MetaMorph" | "tifffile";
  readonly count: number;
}

/**
 * The planes behind the one that a directory describes: of ImageJ's stacks above 4 GB, of MetaMorph's STK, and of what tifffile calls truncated. Undefined where each plane has
 * a directory of its own. `pageSamples` is the number of samples that the first directory describes. An `InputError` where there are such planes and other directories besides.
 */
export function stackedPlanes(
  directories: readonly TiffDirectory[],
  description: string | undefined,
  pageSamples: number,
  path: string,
): StackedPlanes | undefined {
  const truncated = description === undefined ? undefined : truncatedPlanes(description, pageSamples);
  const inMetamorph = directories[0]?.entry(UIC2)?.count ?? 1;
  const hidden: StackedPlanes | undefined =
    truncated !== undefined
      ? { by: "tifffile", count: truncated }
      : inMetamorph > 1
        ? { by: "MetaMorph", count: inMetamorph }
        : undefined;
  if (directories.length === 1) {
    const stacked = hidden ?? { by: "ImageJ", count: imagejPageCount(description) ?? 1 };
    return stacked.count > 1 ? stacked : undefined;
  }
  if (!hidden || hidden.count === 1 || hidden.count === directories.length) return undefined;
  throw new InputError(
    `${path} has ${directories.length} pages, the first of which stands for ${hidden.count} planes (${hidden.by}), which is not read; convert it to one page per plane first`,
  );
}

/** What the planes of a MetaMorph stack lie along: Z where each is at a distance from the one before, else T. */
export async function metamorphAxis(directory: TiffDirectory): Promise<"Z" | "T"> {
  const distances = await metamorphDistances(directory);
  return distances.length > 0 && distances.every((distance) => distance !== 0) ? "Z" : "T";
}

/** Where plane 0, of so many samples per pixel, is, if its rows lie behind one another, uncompressed, so that other planes can follow. */
export async function firstPlaneOf(
  page: PageDescription,
  places: BlockPlaces,
  together: number,
): Promise<number | undefined> {
  const { grid, compression, samples } = page;
  if (compression !== "none" || grid.tiled || grid.layers > 1 || samples !== together) return undefined;
  const { offsets } = await findBlocks(places, 0);
  for (let row = 1; row < grid.rows; row++) {
    if (offsets[row] !== offsets[row - 1]! + grid.rowBytes * rowsIn(grid, row - 1)) return undefined;
  }
  return offsets[0];
}

/** Whether a file with one page of ImageJ's may have other planes behind it: its directory does not lie there. */
export function mayBeStacked(
  first: number,
  count: number,
  { grid: { rowBytes, pageHeight } }: PageDescription,
  { directory: { position } }: Pick<BlockPlaces, "directory">,
): boolean {
  return position < first || position >= first + count * rowBytes * pageHeight;
}

/** The one block of plane `index`; an `InputError` where the file ends before. */
export function planeBlock(
  first: number,
  index: number,
  { grid: { rowBytes, pageHeight } }: PageDescription,
  { file, fileBytes }: Pick<BlockPlaces, "file" | "fileBytes">,
): Blocks {
  const bytes = rowBytes * pageHeight;
  const offset = first + index * bytes;
  if (offset + bytes > fileBytes) {
    const whole = Math.max(0, Math.floor((fileBytes - first) / bytes));
    const before = fileSpecText({ path: file, range: { first: 0, last: whole - 1 } });
    throw new InputError(
      `${file} is truncated: page ${whole} ends at byte ${first + (whole + 1) * bytes}, the file has ${fileBytes} bytes${whole > 0 ? `; pages before that can be selected with ${before}` : ""}`,
    );
  }
  return { offsets: [offset], byteCounts: [bytes] };
}
