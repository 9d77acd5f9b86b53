import type { PlaneAxes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import { imagejPlanes } from "./imagejDescription.js";
import { omePixels, omeTiffData } from "./omeDescription.js";
import { tifffilePlanes } from "./tifffileDescription.js";

/** How a description that accounts for every page says that they lie; else T, or nothing for a single page. */
export function planesOf(description: string | undefined, pageCount: number): PlaneAxes {
  const stack: PlaneAxes = pageCount > 1 ? { axes: ["T"], shape: [pageCount] } : { axes: [], shape: [] };
  return (description === undefined ? undefined : describedPlanes(description, pageCount)) ?? stack;
}

/** What ImageJ's, OME's or tifffile's description says of the pages, without extents of 1; undefined where it does not account for every page. */
export function describedPlanes(description: string, pageCount: number): PlaneAxes | undefined {
  const described =
    imagejPlanes(description) ?? omePlanes(description) ?? namedPlanes(tifffilePlanes(description));
  const long = described?.filter(([, extent]) => extent > 1);
  if (!long || long.reduce((count, [, extent]) => count * extent, 1) !== pageCount) return undefined;
  return { axes: long.map(([axis]) => axis), shape: long.map(([, extent]) => extent) };
}

function namedPlanes(planes: PlaneAxes | undefined): (readonly [Axis, number])[] | undefined {
  return planes?.axes.map((axis, i) => [axis, planes.shape[i]!] as const);
}

/** OME names the axes from the fastest on: `XYCZT`. Files whose pages lie otherwise, which its TiffData elements tell, are left alone. */
function omePlanes(description: string): readonly (readonly [Axis, number])[] | undefined {
  const pixels = omePixels(description);
  const [, order] = /^XY([CZT]{3})$/.exec(pixels?.DimensionOrder ?? "") ?? [];
  if (!pixels || order === undefined) return undefined;
  const planes = [...order].toReversed().map((letter) => {
    const axis = letter as "C" | "Z" | "T"; // the expression above lets no other letters through
    return [axis, Number(pixels[`Size${axis}`] ?? 1)] as const;
  });
  const inOrder = omeTiffData(description).every(
    (data) =>
      data.IFD === undefined ||
      Number(data.IFD) ===
        planes.reduce((at, [axis, extent]) => at * extent + Number(data[`First${axis}`] ?? 0), 0),
  );
  return inOrder ? planes : undefined;
}
