import {
  contrastRectangle,
  cutPlane,
  gaussianBlur,
  isBlank,
  type Plane,
  type Rectangle,
} from "@clidim/imaging";

/** The blur after which contrast is that of structures rather than that of noise, pixels. */
const BLUR = 1;

/**
 * Where on a noisy page (`withoutHotPixels`) about `side` x `side` pixels are compared: the square with the most contrast, as there may be nothing but ground in the middle, and that in the middle, so that what is common on the page counts as well, both of half as many pixels; one of `side` that
 * has both, where they are near enough; all of a page that is no larger. What is blank is left out: of a blank page all is.
 */
export function tellingRectangles(page: Plane, side: number): Rectangle[] {
  const whole = { width: Math.min(side, page.width), height: Math.min(side, page.height) };
  const half = Math.floor(side / Math.SQRT2);
  const size = { width: Math.min(half, page.width), height: Math.min(half, page.height) };
  const middle = { x: (page.width - size.width) >> 1, y: (page.height - size.height) >> 1, ...size };
  const fits = page.width <= side && page.height <= side;
  const contrast = fits ? middle : contrastRectangle(gaussianBlur(page, BLUR), half);
  const x = startOf(middle.x, contrast.x, size.width, whole.width, page.width);
  const y = startOf(middle.y, contrast.y, size.height, whole.height, page.height);
  const found = x === undefined || y === undefined ? [contrast, middle] : [{ x, y, ...whole }];
  return found.filter((rectangle) => !isBlank(cutPlane(page, rectangle)));
}

/** Where a stretch of `whole` pixels begins that has two of `part` pixels in its middle, on a line of `length`; undefined where they are too far apart. */
function startOf(
  one: number,
  other: number,
  part: number,
  whole: number,
  length: number,
): number | undefined {
  const covered = Math.abs(one - other) + part;
  if (covered > whole) return undefined;
  return Math.max(0, Math.min(length - whole, Math.min(one, other) - ((whole - covered) >> 1)));
}
