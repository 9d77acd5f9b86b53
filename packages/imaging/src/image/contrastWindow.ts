import type { Plane } from "./image.js";
import type { LazyPage } from "./lazyPage.js";
import type { Rectangle } from "./regions.js";

/** Pages of at most so many pixels are read as a whole, at once. */
const WHOLE = 2048 * 2048;

/** At most so many windows are looked at: in memory those that cover a page of 8192 x 8192 pixels by 512 x 512, and a few reads of a page that is not. */
const [IN_MEMORY, READ] = [17 * 17, 9];

/** About so many rows and columns of a window tell its contrast. */
const SAMPLED = 128;

/** Such a part of the pixels may be dead ones, at either end. */
const DEAD = 0.005;

/**
 * Where a page of any size has the most contrast, at most `side` pixels wide and high: between the percentiles 0.5 and 99.5 of a sample of a window. The middle is looked at, and windows evenly spread from side to side: as many as cover the page, but
 * of one of more than 2048 x 2048 pixels at most nine in all are read. Of windows that are alike, as on a blank page, the one that is nearest to the middle. Missing pixels (NaN, infinite) have no part in it, and where more than half of
 * every window is missing, the one with the most pixels is taken. `contrastRectangle` looks at all of a page that is in memory.
 */
export async function contrastWindow(page: LazyPage, side: number): Promise<Rectangle> {
  const windows = windowsOf(page, side, READ);
  if (windows.length === 1) return windows[0]!;
  if (page.width * page.height <= WHOLE) return contrastWindowOf(await page.read(), side);
  const contrasts: number[] = [];
  for (const window of windows)
    contrasts.push(contrastOf(await page.read(window), { ...window, x: 0, y: 0 }));
  return best(windows, contrasts);
}

/** `contrastWindow` of a page that is in memory, which at most 289 windows cover. */
export function contrastWindowOf(page: Plane, side: number): Rectangle {
  const windows = windowsOf(page, side, IN_MEMORY);
  if (windows.length === 1) return windows[0]!;
  return best(
    windows,
    windows.map((window) => contrastOf(page, window)),
  );
}

/** The nearest to the middle first, and that in the middle before all. */
function windowsOf(
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
  most: number,
): Rectangle[] {
  const size = { width: Math.min(side, width), height: Math.min(side, height) };
  let [across, down] = [places(width, side), places(height, side)];
  while (across * down > most) [across, down] = across > down ? [across - 2, down] : [across, down - 2];
  const away = ({ x, y }: Rectangle): number =>
    Math.hypot(x - (width - size.width) / 2, y - (height - size.height) / 2);
  return offsets(height - size.height, down)
    .flatMap((y) => offsets(width - size.width, across).map((x) => ({ x, y, ...size })))
    .toSorted((one, other) => away(one) - away(other));
}

/** So many windows cover a length; where they are several, their number is odd, so that one is in the middle. */
function places(length: number, side: number): number {
  const count = Math.ceil(length / side);
  return count % 2 === 1 ? count : count + 1;
}

/** Evenly spread from the start to the end. */
const offsets = (last: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? last >> 1 : Math.round((i * last) / (count - 1))));

const best = (windows: readonly Rectangle[], contrasts: readonly number[]): Rectangle =>
  windows[contrasts.indexOf(Math.max(...contrasts))]!;

/** Of what is mostly missing below 0, the more so the less there is. */
function contrastOf({ width, data }: Plane, window: Rectangle): number {
  const [stepX, stepY] = [stepOf(window.width), stepOf(window.height)];
  const sample = new Float32Array(Math.ceil(window.width / stepX) * Math.ceil(window.height / stepY));
  let count = 0;
  for (let y = window.y; y < window.y + window.height; y += stepY) {
    for (let x = window.x; x < window.x + window.width; x += stepX) {
      const value = data[y * width + x]!;
      if (Number.isFinite(value)) sample[count++] = value;
    }
  }
  if (2 * count < sample.length) return count / sample.length - 1;
  const present = sample.subarray(0, count).sort();
  const dead = Math.round(DEAD * (count - 1));
  return present[count - 1 - dead]! - present[dead]!;
}

const stepOf = (length: number): number => Math.max(1, Math.round(length / SAMPLED));
