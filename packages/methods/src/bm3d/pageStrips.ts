import type { Float64Plane } from "@clidim/imaging";
import { grid, SUMMED_ROWS } from "./blockMatching.js";
import type { Grouping } from "./profiles.js";

/** Rows of a page that are filtered by themselves, with those above and below that their result depends on. */
export interface PageStrip {
  /** The page's rows that the strip has. */
  readonly top: number;
  readonly bottom: number;
  /** Those whose result it gives, counted from its own first. */
  readonly from: number;
  readonly to: number;
  /** Its reference blocks' rows, counted from its own first. */
  readonly referenceRows: readonly number[];
}

/**
 * Strips that give all rows of a page, at most `count`, none much lower than what sums of squared differences are begun anew after. A pixel is in blocks that begin up to `side - 1` rows above it; these are in groups whose
 * reference blocks are up to `reach` rows away, and which blocks up to `reach` rows further away decide. Strips begin where sums begin anew, and where all rows above are needed.
 */
export function pageStrips(height: number, { side, step, reach }: Grouping, count: number): PageStrip[] {
  const halo = side - 1 + 2 * reach;
  const boundaries = [0];
  for (let i = 1; i < count; i++) {
    const boundary = Math.round(((i * height) / count - halo) / SUMMED_ROWS) * SUMMED_ROWS + halo;
    if (boundary >= boundaries.at(-1)! + SUMMED_ROWS && boundary + SUMMED_ROWS / 2 <= height)
      boundaries.push(boundary);
  }
  const rows = grid(height - side + 1, step);
  return boundaries.map((from, i) => {
    const to = boundaries[i + 1] ?? height;
    // A multiple of SUMMED_ROWS, by how boundaries are chosen.
    const top = Math.max(0, from - halo);
    const needed = rows.filter((y) => y > from - side - reach && y < to + reach);
    return {
      ...{ top, bottom: Math.min(height, to + halo), from: from - top, to: to - top },
      referenceRows: needed.map((y) => y - top),
    };
  });
}

/** A strip's rows of a page. */
export const stripOf = (
  { width, data }: Float64Plane,
  { top, bottom }: Pick<PageStrip, "top" | "bottom">,
): Float64Plane => ({
  ...{ width, height: bottom - top },
  data: data.slice(top * width, bottom * width),
});
