import { type PageRange, resolvePageRange } from "./fileSpec.js";
import { selectPagesOf } from "./selectRegion.js";
import { type ImageSource, pageCountOf } from "./source.js";

/**
 * Some pages of a source; the source itself without a range. Pages that are all planes of an interval of each axis keep these axes, others are a plain stack, T Y X.
 * A range outside the pages is an `InputError`.
 */
export function selectPages(source: ImageSource, range: PageRange | undefined): ImageSource {
  if (!range) return source;
  const { first, last } = resolvePageRange({ path: source.name, range }, pageCountOf(source));
  return selectPagesOf(
    source,
    Uint32Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
}
