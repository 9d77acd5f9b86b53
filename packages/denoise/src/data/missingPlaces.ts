import {
  cutPage,
  cutPlane,
  fillMissing,
  InputError,
  type LazyPage,
  largestWhole,
  missingPixels,
  type Plane,
  type Rectangle,
  sizeText,
} from "@clidim/imaging";
import { missingText } from "./maskedSource.js";
import type { PageStack } from "./stackFiles.js";

/** Where the largest part without missing pixels has so much of those that are there, the rest is left out. */
const LARGE_PART = 1 / 2;

/** Of fewer missing pixels than this part of a page, such as dead ones, those around them tell enough. */
const FEW_MISSING = 1 / 50;

/** The places of pages of one size at which a pixel of any of them is missing: NaN or infinite. */
export class MissingPlaces {
  readonly width: number;
  readonly height: number;
  /** What the missing pixels are, in words. */
  readonly what: string;
  #places: Uint8Array | undefined;

  constructor({ width, height, nodata }: Pick<PageStack, "width" | "height" | "nodata">) {
    this.width = width;
    this.height = height;
    this.what = missingText(typeof nodata === "number" ? nodata : undefined);
  }

  add(page: Plane): void {
    const found = missingPixels(page);
    if (!found) return;
    this.#places ??= new Uint8Array(found.length);
    for (let i = 0; i < found.length; i++) this.#places[i]! |= found[i]!;
  }

  /** 1 at those places, row by row; undefined where there are none. */
  get places(): Uint8Array | undefined {
    return this.#places;
  }

  get count(): number {
    return this.#places?.reduce((sum, one) => sum + one, 0) ?? 0;
  }
}

/**
 * What is done with each page of a scene, and the sentence that says so: they are cut to the largest part without missing pixels (`part`), or filled where these are few. An `InputError` for more, here and there.
 */
export function withoutMissing(
  name: string,
  { width, height, what, places: missing, count: gone }: MissingPlaces,
): { readonly change: (page: LazyPage) => LazyPage; readonly sentence?: string; readonly part?: Rectangle } {
  if (!missing) return { change: (page) => page };
  const part = largestWhole(missing, width);
  if (part && part.width * part.height >= LARGE_PART * (missing.length - gone)) {
    return {
      change: (page) => cutPage(page, part),
      sentence: `${name} has pixels that are ${what}; the part without any is used, ${partText(part)}`,
      part,
    };
  }
  if (gone <= FEW_MISSING * missing.length) {
    return {
      change: filledPage,
      sentence: `${name} has pixels that are ${what}, at ${gone} places; they are filled from those around them`,
    };
  }
  const size = part ? sizeText(part) : "0 x 0";
  throw new InputError(
    `${name}: at ${((100 * gone) / missing.length).toFixed(1)} % of the places a pixel is ${what}, and the largest part without any is ${size} of ${sizeText({ width, height })} pixels; ` +
      "cut the images to a part without any, or leave the pages out that have most",
  );
}

export function partText(part: Rectangle): string {
  return `${sizeText(part)} pixels at x ${part.x}, y ${part.y}`;
}

/** The page with its missing pixels filled. */
function filledPage(page: LazyPage): LazyPage {
  const { width, height } = page;
  return {
    width,
    height,
    dtype: page.dtype,
    read: async (window) => {
      const whole = await page.read();
      const missing = missingPixels(whole);
      const filled = missing ? fillMissing(whole, missing) : whole;
      return window ? cutPlane(filled, window) : filled;
    },
  };
}
