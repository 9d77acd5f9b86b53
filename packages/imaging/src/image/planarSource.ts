import { type PixelArrays, type PixelType, pixelArray } from "./image.js";
import type { Rectangle } from "./regions.js";
import { type AxisRange, type ImageSource, type ReadOptions, resolveRegion } from "./source.js";

/** What a format that stores pages has to say: the source without `read`, and how a window of one page is read. */
export interface PlanarSource extends Omit<ImageSource, "read"> {
  /** The window's pixels, row-major, in an array of the source's dtype that nobody else holds. Page `index` counts in the order of the file. */
  readPlane(index: number, window: Rectangle, options: ReadOptions): Promise<PixelArrays[PixelType]>;
}

/** A source whose regions are put together from windows of pages, one page after the other. */
export function planarSource(planes: PlanarSource): ImageSource {
  const { format, name, axes, shape, dtype, chunks, metadata, software } = planes;
  return {
    ...{ format, name, axes, shape, dtype, chunks, metadata },
    ...(software && { software }),
    read: async (region = {}, options = {}) => {
      const bounds = resolveRegion(planes, region);
      const [[top, bottom], [left, right]] = [bounds.at(-2)!, bounds.at(-1)!];
      const window = { x: left, y: top, width: right - left, height: bottom - top };
      const indices = pageIndices(shape, bounds);
      const block = (data: PixelArrays[PixelType]) => {
        return { axes, shape: bounds.map(([from, to]) => to - from), dtype, data };
      };
      options.signal?.throwIfAborted();
      if (indices.length === 1) return block(await planes.readPlane(indices[0]!, window, options));
      const pixels = window.width * window.height;
      const data = pixelArray(dtype, indices.length * pixels);
      for (const [i, index] of indices.entries()) {
        options.signal?.throwIfAborted();
        data.set(await planes.readPlane(index, window, options), i * pixels);
      }
      return block(data);
    },
    close: () => planes.close(),
  };
}

/** The pages that a region touches, in the order of the file. */
function pageIndices(shape: readonly number[], bounds: readonly AxisRange[]): number[] {
  let indices = [0];
  for (const [i, [from, to]] of bounds.slice(0, -2).entries()) {
    const along = Array.from({ length: to - from }, (_, k) => from + k);
    indices = indices.flatMap((index) => along.map((k) => index * shape[i]! + k));
  }
  return indices;
}
