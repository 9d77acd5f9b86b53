import {
  type Axis,
  type Image,
  type ImageMetadata,
  type ImageSource,
  pixelArray,
  planarSource,
} from "@clidim/imaging";

/** A source in memory whose pixels are those of `planes`, page by page, of one size. */
export function hyperstack(
  name: string,
  axes: readonly Axis[],
  extents: readonly number[],
  planes: readonly Image[],
  metadata: ImageMetadata = {},
): ImageSource {
  const { width, height, dtype } = planes[0]!;
  return planarSource({
    format: "TIFF",
    name,
    axes: [...axes, "Y", "X"],
    shape: [...extents, height, width],
    dtype,
    chunks: [...extents.map(() => 1), height, width],
    metadata,
    readPlane: async (index, window) => {
      const cut = pixelArray(dtype, window.width * window.height);
      for (let y = 0; y < window.height; y++) {
        const start = (window.y + y) * width + window.x;
        cut.set(planes[index]!.data.subarray(start, start + window.width), y * window.width);
      }
      return cut;
    },
    close: async () => {},
  });
}

/** Pages of 4 x 3 pixels, page k from grey value 100 k on. */
export function numberedPlanes(count: number): Image[] {
  return Array.from({ length: count }, (_, k) => ({
    width: 4,
    height: 3,
    dtype: "uint16",
    data: Uint16Array.from({ length: 12 }, (_pixel, i) => 100 * k + i),
  }));
}
