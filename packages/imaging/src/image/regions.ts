import { type Plane, sizeText } from "./image.js";

/** The halves and quadrants of an image. */
export const regionNames = [
  "left",
  "right",
  "top",
  "bottom",
  "top-left",
  "top-right",
  "bottom-left",
  "bottom-right",
] as const;

/** A half or a quadrant of an image. */
export type RegionName = (typeof regionNames)[number];

/** A rectangle in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels of a region: halves meet in the middle; of an odd side, the right or lower half has one more pixel. */
export function regionRectangle(
  region: RegionName,
  { width, height }: { readonly width: number; readonly height: number },
): Rectangle {
  const [middleX, middleY] = [Math.floor(width / 2), Math.floor(height / 2)];
  const [left, right] = [region.includes("left"), region.includes("right")];
  const [top, bottom] = [region.includes("top"), region.includes("bottom")];
  return {
    x: right ? middleX : 0,
    y: bottom ? middleY : 0,
    width: left ? middleX : right ? width - middleX : width,
    height: top ? middleY : bottom ? height - middleY : height,
  };
}

/** Two regions that share pixels; undefined where none do. */
export function overlappingRegions(
  regions: readonly RegionName[],
): readonly [RegionName, RegionName] | undefined {
  const rectangles = regions.map((region) => regionRectangle(region, { width: 2, height: 2 }));
  for (const [i, a] of rectangles.entries()) {
    for (const [j, b] of rectangles.entries()) {
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      if (i < j && !apart) return [regions[i]!, regions[j]!];
    }
  }
  return undefined;
}

const pixelArrays = [Uint8Array, Uint16Array, Int16Array, Float32Array] as const;

/** The pixels of a page in a rectangle, which must lie within it, in an array of the same type (float64 if it is none of an image). */
export function cutPlane(page: Plane, rectangle: Rectangle): Plane {
  const { x, y, width, height } = rectangle;
  if (x < 0 || y < 0 || width < 1 || height < 1 || x + width > page.width || y + height > page.height) {
    throw new Error(
      `cutPlane: expected a rectangle within ${sizeText(page)} pixels, got ${sizeText(rectangle)} at ${x}, ${y}`,
    );
  }
  const Pixels = pixelArrays.find((type) => page.data instanceof type) ?? Float64Array;
  const data = new Pixels(width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * page.width + x;
    for (let column = 0; column < width; column++) data[row * width + column] = page.data[from + column]!;
  }
  return { width, height, data };
}
