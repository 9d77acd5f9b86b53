import {
  cutPlane,
  fillMissing,
  type Image,
  isBlank,
  largestWhole,
  missingPixels,
  type Plane,
  SMALLEST_ASSESSED,
  withMissing,
} from "@clidim/imaging";
import type { NoisyPlane } from "../data/noisyPlane.js";

/** A page as a denoiser takes it, and back. */
export interface MaskedPage {
  /** How many pixels are missing. */
  readonly missing: number;
  /** Without missing pixels, each frame by itself; undefined where there is nothing to be denoised. */
  readonly whole?: Image & NoisyPlane;
  /** A page of the same size, with the missing pixels as they were. */
  restored(page: Image): Image;
  /** A map of the same size, with NaN in their place: of what has no value there are no errors. */
  withoutErrors(map: Image<"float32">): Image<"float32">;
  /** Of a page of this size, the largest part in which nothing is missing, where that can be assessed. */
  part(page: Image): Image;
}

/** A page whose NaN and infinite pixels are filled from those around them, and are put back into the result. There is nothing to be denoised of a page of which a frame is blank. */
export function maskedPage(page: Image & NoisyPlane): MaskedPage {
  const missing = missingPixels(page);
  const blank = isBlank(page) || page.frames?.some(isBlank) === true;
  const same = <T extends Image>(other: T): T => other;
  if (!missing)
    return { missing: 0, ...(!blank && { whole: page }), restored: same, withoutErrors: same, part: same };
  const whole = largestWhole(missing, page.width);
  return {
    missing: missing.reduce((sum, gone) => sum + gone, 0),
    ...(!blank && {
      whole: {
        dtype: "float32",
        ...fillMissing(page, missing),
        ...(page.frames && { frames: page.frames.map(filled) }),
        unfilled: page,
      },
    }),
    restored: (other) => (isFloat(other) ? withMissing(other, missing, page) : other),
    withoutErrors: (map) => withUnknown(map, missing),
    part: (other) => {
      if (!whole || Math.min(whole.width, whole.height) < SMALLEST_ASSESSED) return other;
      // The array has the type of the page's.
      return { ...cutPlane(other, whole), dtype: other.dtype } as Image;
    },
  };
}

function filled(page: Plane): Plane {
  const missing = missingPixels(page);
  return missing ? fillMissing(page, missing) : page;
}

/** A map with NaN where pixels are missing. */
export const withUnknown = (map: Image<"float32">, missing: Uint8Array): Image<"float32"> => ({
  ...map,
  data: map.data.map((error, i) => (missing[i] ? Number.NaN : error)),
});

export const isFloat = (page: Image): page is Image<"float32"> => page.dtype === "float32";
