import type { LazyPage } from "../image/lazyPage.js";
import type { Rectangle } from "../image/regions.js";
import { isBlank, isMostlyMissing } from "../missing/missingPixels.js";

/** The side of the part of larger pages that tells their noise, pixels: millions of pixels are enough. */
const PART = 2048;

/**
 * What of pages of one size tells their noise, and the parameters of a method: all of them, or of pages of more than `PART` x `PART` pixels a part of as many, the same of all: that in the middle, or where half of its pixels are missing, or
 * all are equal, the nearest to it that is not so, of the first page that has such a part. Where no part of any page is better than that, the one in the middle. At least one page; nothing is read of pages that are looked at as a whole.
 */
export async function measuredPart(pages: readonly LazyPage[]): Promise<Rectangle> {
  const { width, height } = pages[0]!;
  if (width * height <= PART * PART) return { x: 0, y: 0, width, height };
  // Of a page that is long and narrow the part is longer, with as many pixels.
  const size = {
    width: Math.min(width, Math.max(PART, Math.floor((PART * PART) / height))),
    height: Math.min(height, Math.max(PART, Math.floor((PART * PART) / width))),
  };
  const middle = { x: (width - size.width) >> 1, y: (height - size.height) >> 1, ...size };
  for (const page of pages) {
    for (const part of aroundMiddle(middle, width, height)) {
      const plane = await page.read(part);
      if (!isMostlyMissing(plane) && !isBlank(plane)) return part;
    }
  }
  return middle;
}

/** Parts beside each other that cover a page of `width` x `height` pixels, of which one is in the middle and the outermost end where the page does: the nearest to the middle first. */
function aroundMiddle(
  { x: middleX, y: middleY, ...size }: Rectangle,
  width: number,
  height: number,
): Rectangle[] {
  const places = (middle: number, part: number, length: number): number[] => {
    const most = Math.ceil(middle / part);
    return Array.from({ length: 2 * most + 1 }, (_, i) =>
      Math.max(0, Math.min(length - part, middle + (i - most) * part)),
    );
  };
  return places(middleY, size.height, height)
    .flatMap((y) => places(middleX, size.width, width).map((x) => ({ x, y, ...size })))
    .toSorted((a, b) => Math.hypot(a.x - middleX, a.y - middleY) - Math.hypot(b.x - middleX, b.y - middleY));
}
