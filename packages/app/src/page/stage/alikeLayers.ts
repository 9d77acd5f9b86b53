import { computed, type ReadonlySignal } from "@preact/signals";
import type { Layer } from "../../engine/painter.js";

const sameRegion = ({ region: one }: Layer, { region: other }: Layer): boolean =>
  (["x", "y", "width", "height"] as const).every((side) => one[side] === other[side]);

const sameSize = ({ facts: one }: Layer, { facts: other }: Layer): boolean =>
  one.width === other.width && one.height === other.height;

const samePlace = ({ plane: one }: Layer, { plane: other }: Layer): boolean =>
  (["C", "Z", "T"] as const).every((axis) => (one.place[axis] ?? 0) === (other.place[axis] ?? 0));

const sameImage = ({ plane: one }: Layer, { plane: other }: Layer): boolean => one.image === other.image;

/** Layers that are calculated with pixel by pixel: of one plane and one region, with as many pixels each; undefined where there are none. While the layers of another plane come one after the other, the ones of before stay. */
export function alikeLayers<const L extends readonly [Layer, ...Layer[]]>(
  layers: () => { readonly [I in keyof L]: L[I] | undefined },
): ReadonlySignal<L | undefined> {
  let latest: L | undefined;
  return computed(() => {
    const asked = layers();
    const before = latest;
    latest = undefined;
    if (asked.some((layer) => layer === undefined)) return undefined;
    const now = asked as unknown as L; // none is undefined
    const [first] = now;
    if (!now.every((layer) => sameRegion(layer, first) && sameSize(layer, first))) return undefined;
    if (now.every((layer) => samePlace(layer, first))) latest = now;
    else if (before && now.every((layer, i) => sameImage(layer, before[i]!))) latest = before;
    return latest;
  });
}
