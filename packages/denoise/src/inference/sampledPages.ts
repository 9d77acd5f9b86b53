import {
  cutPlane,
  evenlySpread,
  fillMissing,
  InputError,
  type LazyPage,
  type LazyStack,
  largestWhole,
  missingPixels,
  type Plane,
  pagesOf,
} from "@clidim/imaging";
import { calibrationPart } from "../data/calibrationPart.js";
import { bandsOf, pageContents } from "./pageBands.js";

/** So many pages, evenly spread, tell what is in a stack, which may be larger than memory. */
const SAMPLED_PAGES = 16;

/**
 * Pages evenly spread over a file that are not blank; where all of these are, others that are not. A file of blank pages alone is an `InputError`. Pixels may be missing.
 */
export async function sampledPages(input: LazyStack, signal: AbortSignal | undefined): Promise<LazyPage[]> {
  const { name, pageCount } = input;
  const pages = pagesOf(input, "keep");
  const wanted = new Set(evenlySpread(Math.min(SAMPLED_PAGES, pageCount), pageCount));
  const [sampled, others]: [LazyPage[], LazyPage[]] = [[], []];
  for (const [index, page] of pages.entries()) (wanted.has(index) ? sampled : others).push(page);
  const usable: LazyPage[] = [];
  let blank: string | undefined;
  for (const list of [sampled, others]) {
    for (const page of list) {
      if (usable.length === sampled.length) break;
      signal?.throwIfAborted();
      const contents = await pageContents(bandsOf(page));
      if (contents.blank !== undefined) blank ??= contents.blank;
      else usable.push(page);
    }
    if (usable.length > 0) break;
  }
  if (usable.length === 0) {
    throw new InputError(`${name} is constant (${blank}), expected an image with contrast`);
  }
  return usable;
}

/** Those pixels of a page that are not missing, in a row: for statistics. */
export function presentPixels(page: LazyPage): Pick<LazyPage, "read" | "dtype"> {
  return {
    dtype: page.dtype,
    read: async () => {
      const plane = await page.read();
      const missing = missingPixels(plane);
      if (!missing) return plane;
      // Pages may be as large as memory allows.
      let width = plane.data.length;
      for (let i = 0; i < missing.length; i++) width -= missing[i]!;
      const data = new Float32Array(width);
      for (let i = 0, at = 0; at < width; i++) if (!missing[i]) data[at++] = plane.data[i]!;
      return { width, height: 1, data };
    },
  };
}

/** What of sampled pages tells the parameters of a method that needs pages of `smallest` pixels: no pixel is missing. */
export async function calibrationPages(sample: readonly LazyPage[], smallest: number): Promise<Plane[]> {
  const pages: Plane[] = [];
  for (const page of sample) pages.push(wholePart(await calibrationPart(page), smallest));
  return pages;
}

/** Less of the pixels that are there do not stand for them. */
const LEAST_PART = 1 / 4;

/**
 * A page, or the largest part of it of which no pixel is missing, where that has a quarter of those that are there or more, and sides of at least `smallest` pixels; else the page with missing pixels filled:
 * for methods that look at neighbouring pixels.
 */
export function wholePart(page: Plane, smallest: number): Plane {
  const missing = missingPixels(page);
  if (!missing) return page;
  const whole = largestWhole(missing, page.width);
  if (whole && Math.min(whole.width, whole.height) >= smallest) {
    const there = missing.reduce((sum, gone) => sum + 1 - gone, 0);
    if (whole.width * whole.height >= LEAST_PART * there) return cutPlane(page, whole);
  }
  return fillMissing(page, missing);
}
