import { InputError, type Plane, type Rectangle } from "@clidim/imaging";
import { tellingRectangles } from "./tellingRectangles.js";
import { withoutHotPixels } from "./withoutHotPixels.js";

/** A page, and where on it methods and their parameters are compared. */
export interface TellingPage {
  readonly page: Plane;
  /** `withoutHotPixels`. */
  readonly whole: Plane;
  /** One or two. */
  readonly rectangles: readonly Rectangle[];
}

/**
 * Those of noisy pages that are not blank, and where on each methods and their parameters are chosen by about `side` x `side` pixels: the square with the most contrast and that in the middle, both of half as many pixels; one of `side` that has both, where they are near enough; all of a page that is no larger. What is blank tells nothing, and is left out. An `InputError` where nothing is left.
 */
export function tellingPages(pages: readonly Plane[], side: number): TellingPage[] {
  const telling = pages
    .map((page) => {
      const whole = withoutHotPixels(page);
      return { page, whole, rectangles: tellingRectangles(whole, side) };
    })
    .filter(({ rectangles }) => rectangles.length > 0);
  if (telling.length === 0) {
    const looked = pages.length === 1 ? "1 page" : `${pages.length} pages`;
    throw new InputError(
      `choosing by noisy pages: expected contrast, got ${looked} of a single value each; give pages that show something, or the region that does`,
    );
  }
  return telling;
}
