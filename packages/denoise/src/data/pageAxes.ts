import { InputError, type LazyPage } from "@clidim/imaging";
import { channelsText, extentsText, type PlaneAxis, type PlaneExtent, planeAxes } from "./axisSelection.js";
import type { PageStack } from "./stackFiles.js";

/**
 * The axes along which pages are repeated captures of one field of view, so that they may be averaged, or have one truth. Default: T, which pages of files
 * that say nothing of axes lie along.
 */
export type Captures = readonly PlaneAxis[];

export const defaultCaptures: Captures = ["T"];

/** Refuses pages of several channels, which are neither captures of each other nor images of one kind. `InputError`. */
export function refuseChannels({ name, extents, channels, mixed }: PageStack, captures: Captures): void {
  if (captures.includes("C")) return;
  if (!mixed?.includes("C") && !extents.some(({ axis }) => axis === "C")) return;
  throw new InputError(
    `${name} has ${channels.length} channels, ${channelsText(channels)} (its axes are ${mixed ? mixed.join(", ") : extentsText(extents)}), which are not captures of one image; choose one of them`,
    { keys: ["channel"] },
  );
}

/** Refuses pages that are no captures of one image as the whole of what is averaged, or of what one clean page is the truth of. `InputError`. */
export function refuseOthersThanCaptures(
  { name, extents, mixed, unnamed, positions }: PageStack,
  captures: Captures,
  purpose: string,
): void {
  refusePositions({ name, ...(positions !== undefined && { positions }) });
  if (unnamed && !planeAxes.every((axis) => captures.includes(axis))) {
    throw new InputError(
      `${name} has pages along ${unnamed.length} axes without names (${unnamed.join(" x ")}), which may be channels or depths: ${purpose}; ` +
        `name the axes in the file (tifffile: metadata={"axes": "TCYX"}), or say that all are captures (${planeAxes.join(", ")})`,
      { keys: ["captures"] },
    );
  }
  const along = mixed ? planeAxes.filter((axis) => mixed.includes(axis)) : extents.map(({ axis }) => axis);
  const axis = along.find((one) => !captures.includes(one));
  if (!axis) return;
  const hint =
    axis === "Z"
      ? "choose one depth, or say that they are captures (ImageJ calls the pages of any stack slices)"
      : axis === "T"
        ? "choose one time, or say that they are captures"
        : "choose one channel";
  throw new InputError(
    `${name} has pages along ${axis} (its axes are ${mixed ? along.join(", ") : extentsText(extents)}), and captures are those along ${captures.join(" and ") || "no axis"}: ${purpose}; ${hint}`,
    { keys: [axis === "C" ? "channel" : axis.toLowerCase(), "captures"] },
  );
}

/** Whether all pages are captures of one image, as far as their axes tell. */
export function areCaptures(
  { extents, mixed, unnamed, positions }: Pick<PageStack, "extents" | "mixed" | "unnamed" | "positions">,
  captures: Captures = defaultCaptures,
): boolean {
  if (positions !== undefined) return false;
  if (unnamed) return planeAxes.every((axis) => captures.includes(axis));
  const along = mixed ? planeAxes.filter((axis) => mixed.includes(axis)) : extents.map(({ axis }) => axis);
  return along.every((axis) => captures.includes(axis));
}

/** Refuses pages of several fields of view as what has one truth. `InputError`. */
export function refusePositions({ name, positions }: Pick<PageStack, "name" | "positions">): void {
  if (positions === undefined) return;
  throw new InputError(
    `${name} shows ${positions} positions one after the other, which are not captures of one image; choose the times of one of them`,
    { keys: ["t"] },
  );
}

/**
 * For each page of a stack the page of another that belongs to it: the one at the same place along all axes that both have. Axes that the other does not have
 * must be captures. Undefined where they do not fit. Where one of both has a single axis, as files that say nothing of axes, and the numbers are equal, it is page by page.
 */
export function pagesAlong(
  stack: PageStack,
  other: PageStack,
  captures: Captures,
): readonly LazyPage[] | undefined {
  if (Math.min(stack.extents.length, other.extents.length) < 2 && stack.pages.length === other.pages.length) {
    return other.pages;
  }
  const fits =
    other.extents.every(({ axis, extent }) => extentAlong(stack.extents, axis) === extent) &&
    stack.extents.every(({ axis }) => captures.includes(axis) || extentAlong(other.extents, axis) > 1);
  if (!fits) return undefined;
  return stack.pages.map((_, index) => {
    const place = placeOf(index, stack.extents);
    return other.pages[
      other.extents.reduce((at, { axis, extent }) => at * extent + (place.get(axis) ?? 0), 0)
    ]!;
  });
}

function extentAlong(extents: readonly PlaneExtent[], axis: PlaneAxis): number {
  return extents.find((known) => known.axis === axis)?.extent ?? 1;
}

/** Where a page is along each axis. */
function placeOf(index: number, extents: readonly PlaneExtent[]): Map<PlaneAxis, number> {
  const place = new Map<PlaneAxis, number>();
  let rest = index;
  for (const { axis, extent } of extents.toReversed()) {
    place.set(axis, rest % extent);
    rest = Math.floor(rest / extent);
  }
  return place;
}
