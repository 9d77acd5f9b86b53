import {
  cutPlane,
  evenlySpread,
  fillMissing,
  InputError,
  isBlank,
  type LazyPage,
  type LazyStack,
  largestWhole,
  missingPixels,
  type Plane,
  pagesOf,
} from "@clidim/imaging";
import { SMALL_PAGE } from "./largestTile.js";
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
      const data = Array.from(plane.data).filter((_, i) => !missing[i]);
      return { width: data.length, height: 1, data: Float32Array.from(data) };
    },
  };
}

/** The side of the part of a page of more than `SMALL_PAGE` pixels that tells the parameters of a method, in pixels. */
const PART = 2048;

/**
 * What of a page tells the parameters of a method: all of it, or of one of more than `SMALL_PAGE` pixels a part of at most `PART` x `PART`: that in the middle, or where half of its pixels are missing, or
 * all are equal, the nearest to it that is not so. Where no part is better than that, the one in the middle.
 */
export async function calibrationPart(page: LazyPage): Promise<Plane> {
  const { width, height } = page;
  if (width * height <= SMALL_PAGE) return page.read();
  // Of a page that is long and narrow the part is longer, with as many pixels.
  const part = {
    width: Math.min(width, Math.max(PART, Math.floor(SMALL_PAGE / height))),
    height: Math.min(height, Math.max(PART, Math.floor(SMALL_PAGE / width))),
  };
  const [middleX, middleY] = [(width - part.width) >> 1, (height - part.height) >> 1];
  let middle: Plane | undefined;
  for (const { x, y } of aroundMiddle(middleX, middleY, part)) {
    const plane = await page.read({ x, y, ...part });
    middle ??= plane;
    const gone = missingPixels(plane)?.reduce((sum, missing) => sum + missing, 0) ?? 0;
    if (gone <= plane.data.length / 2 && !isBlank(plane)) return plane;
  }
  return middle!; // the first
}

/** Places of parts beside each other that lie on a page whose middle one is at `middleX`, `middleY`: the nearest to it first. */
function aroundMiddle(
  middleX: number,
  middleY: number,
  part: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number }[] {
  const places = (middle: number, size: number): number[] => {
    const most = Math.floor(middle / size);
    return Array.from({ length: 2 * most + 1 }, (_, i) => middle + (i - most) * size);
  };
  return places(middleY, part.height)
    .flatMap((y) => places(middleX, part.width).map((x) => ({ x, y })))
    .toSorted((a, b) => Math.hypot(a.x - middleX, a.y - middleY) - Math.hypot(b.x - middleX, b.y - middleY));
}

/** What of sampled pages tells the parameters of a method that needs pages of `smallest` pixels: no pixel is missing. */
export async function calibrationPages(sample: readonly LazyPage[], smallest: number): Promise<Plane[]> {
  const pages: Plane[] = [];
  for (const page of sample) pages.push(wholePart(await calibrationPart(page), smallest));
  return pages;
}

/** Less of a page does not stand for it. */
const LEAST_PART = 1 / 4;

/**
 * A page, or the largest part of it of which no pixel is missing, where that is a quarter of the page or more and has sides of at least `smallest` pixels; else the page with missing pixels filled:
 * for methods that look at neighbouring pixels.
 */
export function wholePart(page: Plane, smallest: number): Plane {
  const missing = missingPixels(page);
  if (!missing) return page;
  const whole = largestWhole(missing, page.width);
  if (whole && Math.min(whole.width, whole.height) >= smallest) {
    if (whole.width * whole.height >= LEAST_PART * page.width * page.height) return cutPlane(page, whole);
  }
  return fillMissing(page, missing);
}
