import {
  type Axis,
  ByteCache,
  CachedSource,
  type FileSpec,
  fileSpecText,
  type LazyPage,
  lazyStack,
  type MissingPolicy,
  pageCountOf,
  pagesOf,
} from "@clidim/imaging";
import { openImageFile, parseFileSpec } from "@clidim/imaging/node";
import {
  type AxisSelection,
  type Channel,
  type PlaneExtent,
  planeExtents,
  type Strictness,
  selectAxes,
  selectedChannels,
} from "./axisSelection.js";
import { maskedSource, type Nodata } from "./maskedSource.js";

/** Pages of equal size, each read when it is asked for. */
export interface PageStack {
  /** What messages call it: the path, with the page range where one was given. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly pages: readonly LazyPage[];
  /** How the pages lie, the slowest axis first; only axes along which there is more than one. Their product is the number of pages. */
  readonly extents: readonly PlaneExtent[];
  /** Of pages that are no block of the axes of their image: the axes along which they differ. */
  readonly mixed?: readonly Axis[];
  /** Of pages that lie along several axes that the file does not name: their extents. */
  readonly unnamed?: readonly number[];
  /** Which grey value stands for no value, or that none does, where the file or an option says so. */
  readonly nodata?: Nodata;
  /** How many fields of view the pages show, where there are several. */
  readonly positions?: number;
  /** The channels that the pages are of, with their indices in the file. */
  readonly channels: readonly Channel[];
  /** The file and which of its pages these are, where they are pages of a file in its order. */
  readonly spec?: FileSpec;
  /** Where pages were left out: the numbers of those that are there. */
  readonly numbers?: readonly number[];
}

/** What messages call a page of a stack: `stack.tif#3`; a stack of one page by its own name. */
export function pageName({ name, pages, spec, numbers }: PageStack, index: number): string {
  if (pages.length === 1 && !numbers) return name;
  const number = numbers ? numbers[index]! : index;
  if (!spec) return `page ${number} of the selection in ${name}`;
  const page = (spec.range?.first ?? 0) + number;
  return fileSpecText({ path: spec.path, range: { first: page, last: page } });
}

/** Bytes of pixels that are kept in memory. */
export const CACHE_BYTES: number = 2 ** 29;

/** The image files of a run, opened once. Their pages are read when they are asked for, and those used last are kept, all files together within one limit. */
export class StackFiles {
  readonly cache: ByteCache;
  #open: CachedSource[] = [];

  constructor(cacheBytes: number = CACHE_BYTES) {
    this.cache = new ByteCache(cacheBytes);
  }

  /** The pages of a file (a path with an optional page range), or those of a selection, with missing pixels where these are kept. Errors as `openImageFile` and `selectAxes`. */
  async open(
    spec: string,
    selection: AxisSelection = {},
    strictness?: Strictness,
    missing?: MissingPolicy,
  ): Promise<PageStack> {
    const parsed = parseFileSpec(spec);
    const cached = new CachedSource(await openImageFile(parsed), this.cache);
    this.#open.push(cached);
    const { source, masked } = maskedSource(cached, selection.nodata);
    const selected = selectAxes(source, selection, strictness);
    const stack = lazyStack(selected, parsed.range);
    const { name, width, height } = stack;
    const { sparse, unnamed, positions } = selected.metadata;
    const nodata = masked?.value ?? selection.nodata;
    // Along C its pages may lie all the same; T is that of a plain stack.
    const mixed = sparse?.axes.filter((axis) => axis !== "C" || !selected.axes.includes(axis));
    return {
      name,
      width,
      height,
      pages: pagesOf(stack, missing),
      extents: planeExtents(selected),
      ...(mixed && { mixed }),
      ...(unnamed && { unnamed }),
      ...(nodata !== undefined && { nodata }),
      ...(positions && { positions: new Set(positions).size }),
      channels: selectedChannels(source, selection, strictness),
      ...(pageCountOf(selected) === pageCountOf(source) && { spec: parsed }),
    };
  }

  /** Closes all files and forgets their pixels. Pages cannot be read afterwards. A second call does nothing. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    for (const source of open) await source.close();
    this.cache.clear();
  }
}
