import { cutPage, type LazyPage } from "../image/lazyPage.js";

/** The side of the part of a page that tells its noise, pixels: millions of pixels are enough. */
const PART = 2048;

/** The middle of a page, at most 2048 x 2048 pixels of it. */
export function measuredPart(page: LazyPage): LazyPage {
  const [width, height] = [Math.min(PART, page.width), Math.min(PART, page.height)];
  if (width === page.width && height === page.height) return page;
  return cutPage(page, { x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
}
