import { ByteCache, CachedSource, type LazyPage, lazyStack, pagesOf } from "@clidim/imaging";
import { openImageFile, parseFileSpec } from "@clidim/imaging/node";

/** Pages of equal size, each read when it is asked for. */
export interface PageStack {
  /** What messages call it: the path, with the page range where one was given. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly pages: readonly LazyPage[];
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

  /** The pages of a file (a path with an optional page range). Errors as `openImageFile`. */
  async open(spec: string): Promise<PageStack> {
    const parsed = parseFileSpec(spec);
    const source = new CachedSource(await openImageFile(parsed), this.cache);
    this.#open.push(source);
    const stack = lazyStack(source, parsed.range);
    const { name, width, height } = stack;
    return { name, width, height, pages: pagesOf(stack) };
  }

  /** Closes all files and forgets their pixels. Pages cannot be read afterwards. A second call does nothing. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    for (const source of open) await source.close();
    this.cache.clear();
  }
}
