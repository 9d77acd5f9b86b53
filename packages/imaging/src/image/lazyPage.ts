import type { PixelType, Plane } from "./image.js";
import { sizeText } from "./image.js";
import type { LazyStack, MissingPolicy } from "./lazyStack.js";
import { cutPlane, type Rectangle } from "./regions.js";

/** A page whose pixels are read when they are asked for. */
export interface LazyPage {
  readonly width: number;
  readonly height: number;
  /** The narrowest type that holds its pixels. */
  readonly dtype: PixelType;
  /** A window of rows that are no multiple of it costs the decoding of rows around it. Default 1. */
  readonly rowsAtOnce?: number;
  /** All pixels, or those of a window, which must lie within the page. Nobody writes to them. Rejects as `LazyStack.readPage`. */
  read(window?: Rectangle): Promise<Plane>;
}

/** The pages of a stack, in its order, with missing pixels where these are kept. */
export function pagesOf(stack: LazyStack, missing: MissingPolicy = "refuse"): LazyPage[] {
  const { width, height, dtype, pageCount, source } = stack;
  const rowsAtOnce = source.chunks.at(-2)!;
  return Array.from({ length: pageCount }, (_, index) => ({
    width,
    height,
    dtype,
    rowsAtOnce,
    read: (window) => stack.readPage(index, { missing, ...(window && { window }) }),
  }));
}

/** A page that is in memory already. */
export function pageInMemory(plane: Plane): LazyPage {
  const { width, height } = plane;
  return {
    width,
    height,
    dtype: typeOf(plane.data),
    read: async (window) => (window ? cutPlane(plane, window) : plane),
  };
}

/** The type that holds the pixels of an array. */
export function typeOf(data: ArrayLike<number>): PixelType {
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Uint16Array) return "uint16";
  return data instanceof Int16Array ? "int16" : "float32";
}

/** A part of a page, as a page. */
export function cutPage(page: LazyPage, rectangle: Rectangle): LazyPage {
  checkWithin(page, rectangle);
  const { x, y, width, height } = rectangle;
  return {
    width,
    height,
    dtype: page.dtype,
    read: async (window) => {
      if (!window) return page.read(rectangle);
      checkWithin(rectangle, window);
      return page.read({ ...window, x: x + window.x, y: y + window.y });
    },
  };
}

/** Windows over the whole width of a page, from the top, that cover it: of about so many pixels, and of rows that are best read at once. */
export function rowBands(
  { width, height, rowsAtOnce = 1 }: Pick<LazyPage, "width" | "height" | "rowsAtOnce">,
  pixels: number,
): Rectangle[] {
  const rows = rowsAtOnce * Math.max(1, Math.floor(pixels / width / rowsAtOnce));
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => {
    return { x: 0, y: i * rows, width, height: Math.min(rows, height - i * rows) };
  });
}

function checkWithin(
  page: { readonly width: number; readonly height: number },
  { x, y, width, height }: Rectangle,
): void {
  if (x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= page.width && y + height <= page.height) {
    return;
  }
  throw new Error(
    `cutPage: expected a rectangle within ${sizeText(page)} pixels, got ${sizeText({ width, height })} at ${x}, ${y}`,
  );
}
