import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import { Aggregation } from "./aggregation.js";
import { matchBlocks } from "./blockMatching.js";
import { BlockSpectra } from "./blockSpectra.js";
import type { BlockTransform } from "./blockTransform.js";
import { gather, scatter } from "./groupTransform.js";
import { kaiser } from "./kaiser.js";
import { type Grouping, KAISER_BETA } from "./profiles.js";

/** Filters the 3-D transforms of groups of `count` blocks in place, one of each image; what becomes of the last image's counts. Returns the weight of the result. */
export type GroupFilter = (groups: readonly Float64Array[], count: number) => number;

/** The part of a stage that finding alike blocks takes. */
const MATCHING = 1 / 2;

/**
 * One stage: groups blocks that are alike in the first image, filters the 3-D transforms that each image has of a group, and averages what comes out of the last one's. Each step says what part is done. Spectra are held
 * for as many rows of blocks as a group reaches over, so that memory grows with the width of the page. Reference blocks are in the rows `referenceRows`, as `matchBlocks` takes them; pixels that no group reaches are NaN.
 */
export function* collaborativeFilter(
  images: readonly [Float64Plane, ...Float64Plane[]],
  grouping: Grouping & { readonly transform: BlockTransform },
  limit: number,
  filter: GroupFilter,
  referenceRows?: readonly number[],
): Steps<Float64Plane, number> {
  const { side, most, reach, transform } = grouping;
  const [guide] = images;
  const lastRow = guide.height - side;
  const matching = matchBlocks(guide, grouping, limit, referenceRows);
  let step = matching.next();
  for (; !step.done; step = matching.next()) yield MATCHING * step.value;
  const { columns, xs, ys, counts, places } = step.value;
  const rows = 2 * reach + 1;
  const length = side * side;
  const spectra = images.map((image) => new BlockSpectra(image, transform, rows));
  const groups = images.map(() => new Float64Array(most * length));
  const filtered = groups.at(-1)!;
  const aggregation = new Aggregation(guide, transform, kaiser(side, KAISER_BETA), rows);
  // Of each block of a group its position among the rows that are held.
  const slots = new Int32Array(most);
  for (const [j, y] of ys.entries()) {
    for (const blocks of spectra) blocks.advance(Math.min(lastRow, y + reach));
    aggregation.complete(y - reach);
    for (let i = 0; i < xs.length; i++) {
      const reference = j * xs.length + i;
      const count = counts[reference]!;
      for (let b = 0; b < count; b++) {
        const place = places[reference * most + b]!;
        const row = Math.floor(place / columns);
        slots[b] = (row % rows) * columns + place - row * columns;
      }
      for (let s = 0; s < spectra.length; s++) gather(spectra[s]!.data, slots, count, length, groups[s]!);
      const weight = filter(groups, count);
      for (let b = 0; b < count; b++) aggregation.weights[slots[b]!]! += weight;
      scatter(filtered, slots, count, length, weight, aggregation.spectra);
    }
    yield MATCHING + (1 - MATCHING) * ((j + 1) / ys.length);
  }
  return aggregation.finish();
}
