import type { Axis } from "../../image/source.js";
import { omePixels, omeTiffData } from "./omeDescription.js";

/** How the pages of a file lie along axes, the slowest first. */
export interface PlaneAxes {
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
}

/** What ImageJ's or OME's description says where it accounts for every page; else T, or nothing for a single page. */
export function planesOf(description: string | undefined, pageCount: number): PlaneAxes {
  const described =
    description === undefined ? undefined : (imagejPlanes(description) ?? omePlanes(description));
  const long = described?.filter(([, extent]) => extent > 1);
  const product = long?.reduce((count, [, extent]) => count * extent, 1);
  const planes: readonly (readonly [Axis, number])[] =
    long && product === pageCount ? long : pageCount > 1 ? [["T", pageCount]] : [];
  return { axes: planes.map(([axis]) => axis), shape: planes.map(([, extent]) => extent) };
}

/** ImageJ stores channels next to each other, then slices, then frames. */
function imagejPlanes(description: string): readonly (readonly [Axis, number])[] | undefined {
  if (!description.startsWith("ImageJ=")) return undefined;
  const count = (key: string): number => {
    const match = new RegExp(`^${key}=(\\d+)\\s*$`, "m").exec(description);
    return match ? Number(match[1]) : 1;
  };
  return [
    ["T", count("frames")],
    ["Z", count("slices")],
    ["C", count("channels")],
  ];
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
