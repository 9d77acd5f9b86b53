import { otherUnits, type UnitFit } from "@clidim/imaging";

/** The map of several scenes, where all of theirs agree but for drift (see `otherUnits`): the one in the middle. Undefined where they do not, or there is none. */
export function commonUnits(fits: readonly UnitFit[]): UnitFit | undefined {
  if (fits.length === 0) return undefined;
  const middle = medianOf(fits);
  return fits.every((one) => !otherUnits(relativeTo(middle, one))) ? middle : undefined;
}

/** The fit with the middle scale of one or more. */
export const medianOf = (fits: readonly UnitFit[]): UnitFit =>
  fits.toSorted((a, b) => a.scale - b.scale)[fits.length >> 1]!; // not called without

/** A map as one from the grey values that another map gives. */
function relativeTo({ scale, offset, low, high }: UnitFit, one: UnitFit): UnitFit {
  const ratio = one.scale / scale;
  return {
    ...one,
    ...{ scale: ratio, offset: one.offset - ratio * offset, error: 0 },
    ...{ low: scale * low + offset, high: scale * high + offset },
  };
}
