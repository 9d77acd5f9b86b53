import type { Plane } from "./image.js";
import type { LazyPage } from "./lazyPage.js";
import { percentiles } from "./percentile.js";
import { cutPlane, type Rectangle } from "./regions.js";

/** At most so many places along each side are looked at. */
const PLACES = 4;

/** The brightest half percent may be dead pixels. */
const [LOW, HIGH] = [0.5, 99.5];

/**
 * Where a page of any size has the most contrast, at most `side` pixels wide and high: between the percentiles 0.5 and 99.5 of a window, for which at most 4 x 4 places are read, evenly spread. Of windows that are alike, as on a blank page, the one that is nearest to the middle. Missing pixels (NaN,
 * infinite) have no part in it, and windows of which more than half are missing are taken where there are no others. `contrastRectangle` looks at all of a page that is in memory.
 */
export async function contrastWindow(page: LazyPage, side: number): Promise<Rectangle> {
  const windows = windowsOf(page, side);
  const contrasts: number[] = [];
  if (windows.length > 1) for (const window of windows) contrasts.push(contrastOf(await page.read(window)));
  return best(windows, contrasts);
}

/** `contrastWindow` of a page that is in memory. */
export function contrastWindowOf(page: Plane, side: number): Rectangle {
  const windows = windowsOf(page, side);
  return best(windows, windows.length > 1 ? windows.map((window) => contrastOf(cutPlane(page, window))) : []);
}

/** The nearest to the middle first. */
function windowsOf(
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): Rectangle[] {
  const size = { width: Math.min(side, width), height: Math.min(side, height) };
  const away = ({ x, y }: Rectangle): number =>
    Math.hypot(x - (width - size.width) / 2, y - (height - size.height) / 2);
  return offsets(height, side)
    .flatMap((y) => offsets(width, side).map((x) => ({ x, y, ...size })))
    .toSorted((one, other) => away(one) - away(other));
}

/** Evenly spread from the start to the end. */
function offsets(length: number, side: number): number[] {
  const count = Math.min(PLACES, Math.ceil(length / side));
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (length - side)) / (count - 1)),
  );
}

const best = (windows: readonly Rectangle[], contrasts: readonly number[]): Rectangle =>
  windows[contrasts.length === 0 ? 0 : contrasts.indexOf(Math.max(...contrasts))]!;

/** -1 of what is mostly missing. */
function contrastOf({ data }: Plane): number {
  const present = Float32Array.from(data).filter(Number.isFinite);
  if (2 * present.length < data.length) return -1;
  const [low, high] = percentiles([{ data: present }], [LOW, HIGH]) as [number, number]; // one value per percentage
  return high - low;
}
