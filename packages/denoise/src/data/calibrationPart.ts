import { isBlank, type LazyPage, missingPixels, type Plane } from "@clidim/imaging";

/** The side of the part of a larger page that tells its noise and the parameters of a method, in pixels. */
const PART = 2048;

/**
 * What of a page tells its noise, and the parameters of a method: all of it, or of one of more than `PART` x `PART` pixels a part of as many: that in the middle, or where half of its pixels are missing, or
 * all are equal, the nearest to it that is not so. Where no part is better than that, the one in the middle.
 */
export async function calibrationPart(page: LazyPage): Promise<Plane> {
  const { width, height } = page;
  if (width * height <= PART * PART) return page.read();
  // Of a page that is long and narrow the part is longer, with as many pixels.
  const part = {
    width: Math.min(width, Math.max(PART, Math.floor((PART * PART) / height))),
    height: Math.min(height, Math.max(PART, Math.floor((PART * PART) / width))),
  };
  const [middleX, middleY] = [(width - part.width) >> 1, (height - part.height) >> 1];
  let middle: Plane | undefined;
  for (const { x, y } of aroundMiddle(middleX, middleY, part)) {
    const plane = await page.read({ x, y, ...part });
    middle ??= plane;
    if (!isMostlyMissing(plane) && !isBlank(plane)) return plane;
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

/** Whether more than half of the pixels are missing. */
export function isMostlyMissing(plane: Plane): boolean {
  const gone = missingPixels(plane)?.reduce((sum, missing) => sum + missing, 0) ?? 0;
  return gone > plane.data.length / 2;
}
