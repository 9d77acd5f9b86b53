import { fromFunction } from "../image/fromFunction.js";
import { type LazyPage, rowBands } from "../image/lazyPage.js";
import { cutPlane, type Rectangle } from "../image/regions.js";
import { missingPixels } from "./missingPixels.js";
import { coarser, fillLevel, finest, interpolate, type Level } from "./pullPush.js";

/** At the resolution at which the page is held as a whole, it has at most so many pixels, */
const HELD = 2 ** 22;

/** after so many halvings at least. */
const LEAST_HALVINGS = 3;

/** So many pixels are filled at once. */
const FILLED_AT_ONCE = 2 ** 20;

/**
 * A page larger than memory whose missing pixels are filled as `fillMissing` does it, bit for bit. It is read once from top to bottom, about `pixels` at a time, and then again in whole rows
 * wherever a window is asked for; in between there is a small copy of it, of half the resolution as many times as `halvings` says. Rejects where all pixels are missing, and where
 * both sides are at most half of what a pixel of the copy stands for.
 */
export async function filledPage(
  page: LazyPage,
  pixels: number,
  halvings: number = halvingsOf(page),
): Promise<LazyPage> {
  const { width, height } = page;
  // What is filled depends on less than a block above and below, and on what the copy tells.
  const block = 2 ** halvings;
  if (Math.max(width, height) <= block / 2) {
    throw new Error(
      `filledPage: expected a page with a side of more than ${block / 2}, got ${width} x ${height}`,
    );
  }
  const coarse = await reduced(page, pixels, halvings);
  if (!fillLevel(coarse)) {
    throw new Error("filledPage: expected a page with a pixel that is not missing, got none");
  }

  /** Rows of the page, filled. */
  async function rows(top: number, bottom: number): Promise<Float32Array> {
    const first = Math.max(0, block * (Math.floor(top / block) - 1));
    const last = Math.min(height, block * (Math.ceil(bottom / block) + 1));
    const plane = await page.read({ x: 0, y: first, width, height: last - first });
    const own = (data: ArrayLike<number>): Float32Array =>
      fromFunction(new Float32Array((bottom - top) * width), (i) => data[(top - first) * width + i]!);
    const missing = missingPixels(plane);
    if (!missing) return own(plane.data);
    const levels = [finest(plane, missing)];
    while (levels.length < halvings) levels.push(coarser(levels.at(-1)!));
    levels.push(rowsOfLevel(coarse, first / block, Math.ceil(last / block)));
    for (let i = halvings - 1; i >= 0; i--) interpolate(levels[i]!, levels[i + 1]!);
    return own(levels[0]!.values);
  }

  return {
    width,
    height,
    dtype: "float32",
    ...(page.rowsAtOnce !== undefined && { rowsAtOnce: page.rowsAtOnce }),
    async read(window: Rectangle = { x: 0, y: 0, width, height }) {
      const data = new Float32Array(window.height * width);
      for (const band of rowBands({ width, height: window.height }, FILLED_AT_ONCE)) {
        const top = window.y + band.y;
        data.set(await rows(top, top + band.height), band.y * width);
      }
      const whole = { width, height: window.height, data };
      return window.width === width ? whole : cutPlane(whole, { ...window, y: 0 });
    },
  };
}

function halvingsOf({ width, height }: LazyPage): number {
  let halvings = LEAST_HALVINGS;
  while (Math.ceil(width / 2 ** halvings) * Math.ceil(height / 2 ** halvings) > HELD) halvings++;
  return halvings;
}

/** The small copy, which is put together from bands of whole blocks. */
async function reduced(page: LazyPage, pixels: number, halvings: number): Promise<Level> {
  const { width, height } = page;
  const block = 2 ** halvings;
  const [columns, rows] = [Math.ceil(width / block), Math.ceil(height / block)];
  const coarse = {
    width: columns,
    height: rows,
    values: new Float64Array(columns * rows),
    weights: new Float64Array(columns * rows),
  };
  for (const band of rowBands({ width, height, rowsAtOnce: block }, pixels)) {
    const plane = await page.read(band);
    let level = finest(plane, missingPixels(plane) ?? new Uint8Array(plane.data.length));
    for (let i = 0; i < halvings; i++) level = coarser(level);
    const at = (band.y / block) * columns;
    coarse.values.set(level.values, at);
    coarse.weights.set(level.weights, at);
  }
  return coarse;
}

function rowsOfLevel({ width, values, weights }: Level, top: number, bottom: number): Level {
  return {
    width,
    height: bottom - top,
    values: values.subarray(top * width, bottom * width),
    weights: weights.subarray(top * width, bottom * width),
  };
}
