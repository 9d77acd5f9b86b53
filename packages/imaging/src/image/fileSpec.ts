import { InputError } from "./inputError.js";

/** Pages of a file: zero-based, both ends included. */
export interface PageRange {
  readonly first: number;
  readonly last: number;
}

/** A file and which of its pages; all of them without a range. */
export interface FileSpec {
  readonly path: string;
  readonly range?: PageRange;
}

/** `clean.tif`, `clean.tif#3` or `clean.tif#0-8`, for messages. */
export function fileSpecText({ path, range }: FileSpec): string {
  if (!range) return path;
  return range.first === range.last ? `${path}#${range.first}` : `${path}#${range.first}-${range.last}`;
}

/** The range, or that of all pages; one that leaves a file of `pageCount` pages is an `InputError`. */
export function resolvePageRange({ path, range }: FileSpec, pageCount: number): PageRange {
  if (!range) return { first: 0, last: pageCount - 1 };
  if (range.last >= pageCount) {
    const there = pageCount === 1 ? "1 page (page 0)" : `${pageCount} pages (0-${pageCount - 1})`;
    throw new InputError(`${fileSpecText({ path, range })}: the file has ${there}`);
  }
  return range;
}
