import { type PlaneAxes, samePlanes } from "../../image/planeSelection.js";
import { type Axis, axisNames } from "../../image/source.js";

/** What tifffile writes of an array: its shape, and more that its user gave it. */
interface Described {
  readonly shape: readonly number[];
  readonly axes?: unknown;
  readonly truncated?: unknown;
}

/** Whether a description is one of tifffile's, of an array's shape: `{"shape": [3, 96, 96]}`, or `shape=(3,96,96)` of its first versions. */
export function isTifffile(description: string): boolean {
  return parsed(description) !== undefined;
}

function parsed(description: string): Described | undefined {
  const old = /^shape=\(([\d, ]+)\)\s*$/.exec(description)?.[1];
  if (old !== undefined) return { shape: old.split(",").flatMap((n) => (n.trim() ? [Number(n)] : [])) };
  if (!description.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(description);
    if (typeof value !== "object" || value === null || !("shape" in value)) return undefined;
    const { shape } = value;
    if (!Array.isArray(shape) || !shape.every((extent) => Number.isInteger(extent))) return undefined;
    return { ...value, shape };
  } catch {
    return undefined; // text that only looks like it
  }
}

/**
 * How many pages a description announces of which one directory describes the first (`truncate` of tifffile.imwrite); undefined for other descriptions. `pageSamples` is the number of
 * samples of that directory.
 */
export function truncatedPlanes(description: string, pageSamples: number): number | undefined {
  const described = parsed(description);
  if (described?.truncated !== true) return undefined;
  const planes = described.shape.reduce((a, b) => a * b, 1) / pageSamples;
  return Number.isInteger(planes) && planes > 0 ? planes : undefined;
}

/** The planes of the array, the slowest axis first, where all of its axes are named and known. */
export function tifffilePlanes(description: string): PlaneAxes | undefined {
  const described = parsed(description);
  const { axes: letters, shape } = described ?? {};
  if (typeof letters !== "string" || !shape || letters.length !== shape.length) return undefined;
  const samples = letters.endsWith("YXS") ? 1 : 0;
  if (samples === 0 && !letters.endsWith("YX")) return undefined;
  const axes = [...letters.slice(0, -2 - samples)];
  const known = axes.flatMap((letter) => axisNames.find((axis) => axis === letter) ?? []);
  if (known.length < axes.length || new Set(known).size < known.length) return undefined;
  return { axes: known, shape: shape.slice(0, -2 - samples) };
}

/** The number of planes of so many pixels that the array has; undefined where it is one of others. */
export function tifffilePlaneCount(
  description: string,
  { width, height, samples }: { readonly width: number; readonly height: number; readonly samples: number },
): number | undefined {
  const { shape = [] } = parsed(description) ?? {};
  const page = samples > 1 ? [height, width, samples] : [height, width];
  if (shape.slice(-page.length).join() !== page.join()) return undefined;
  return shape.slice(0, -page.length).reduce((a, b) => a * b, 1);
}

/** The extents of the array's planes, the slowest first, where its axes are not named. A page has so many of these itself. */
export function unnamedExtents(description: string, pageAxes: 2 | 3): readonly number[] {
  const { axes, shape = [] } = parsed(description) ?? {};
  return axes === undefined ? shape.slice(0, -pageAxes).filter((extent) => extent > 1) : [];
}

/**
 * The description of what is written: as it is where its shape has as many pixels and says how they lie, else with the shape and, where there were any or the planes lie along others than T,
 * the axes. Nothing written is truncated. `samples`: how many are stored together.
 */
export function tifffileDescriptionOf(
  description: string,
  { axes, shape }: { readonly axes: readonly Axis[]; readonly shape: readonly number[] },
  samples: number,
): string {
  const described = parsed(description);
  if (!described) throw new Error("tifffileDescriptionOf: expected a description of tifffile's");
  const pixels = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);
  const { truncated, ...kept }: Record<string, unknown> = { ...described };
  const planes: PlaneAxes = { axes: axes.slice(0, -2), shape: shape.slice(0, -2) };
  const plain = planes.axes.every((axis, i) => axis === "T" || planes.shape[i] === 1);
  const named = tifffilePlanes(description);
  const agrees = plain || (named !== undefined && samePlanes(named, planes));
  const count = pixels(shape) * samples;
  if (truncated === undefined && agrees && pixels(described.shape) === count) return description;
  return JSON.stringify({
    ...kept,
    shape: samples > 1 ? [...shape, samples] : shape,
    ...((!plain || typeof described.axes === "string") && { axes: axes.join("") + (samples > 1 ? "S" : "") }),
  });
}
