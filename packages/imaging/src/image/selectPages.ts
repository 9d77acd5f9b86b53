import { type PageRange, resolvePageRange } from "./fileSpec.js";
import { planarSource } from "./planarSource.js";
import { type ImageSource, pageCountOf, pageRegion } from "./source.js";

/** Some pages of a source as a plain stack, T Y X; the source itself without a range. A range outside the pages is an `InputError`. */
export function selectPages(source: ImageSource, range: PageRange | undefined): ImageSource {
  if (!range) return source;
  const { first, last } = resolvePageRange({ path: source.name, range }, pageCountOf(source));
  const [height, width] = source.shape.slice(-2) as [number, number]; // the last two of at least two
  return planarSource({
    format: source.format,
    name: source.name,
    axes: ["T", "Y", "X"],
    shape: [last - first + 1, height, width],
    dtype: source.dtype,
    chunks: [1, ...source.chunks.slice(-2)],
    metadata: source.metadata,
    readPlane: async (index, window, options) =>
      (await source.read(pageRegion(source, first + index, window), options)).data,
    close: () => source.close(),
  });
}
