import type { PixelArrays, PixelType } from "./image.js";
import type { ImageMetadata } from "./metadata.js";
import type { Rectangle } from "./regions.js";

/** Time, channel, depth, row, column. */
export const axisNames = ["T", "C", "Z", "Y", "X"] as const;
/** The name of an axis: time, channel, depth, row, column. */
export type Axis = (typeof axisNames)[number];

/** Indices of an axis, from the first to before the last. */
export type AxisRange = readonly [from: number, to: number];

/** What is wanted along each axis: an interval, one index, or all where an axis is not named. */
export type Region = Readonly<Partial<Record<Axis, number | AxisRange>>>;

/** Pixels of a region, in the axes of the source; an axis of which one index was wanted has extent 1. */
export interface Block<D extends PixelType = PixelType> {
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  readonly dtype: D;
  /** Row-major, the last axis fastest. */
  readonly data: PixelArrays[D];
}

export interface ReadOptions {
  /** Aborting it rejects the read with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * An open image of any format. Nothing is in memory but what describes it; pixels are read when they are asked for, and a region is read without the rest of
 * the file where the format allows.
 */
export interface ImageSource {
  /** The name of its format. */
  readonly format: string;
  /** What messages call it: the path or the name of the file. */
  readonly name: string;
  /** In the order of the file, the slowest first; the last two are Y and X. Axes that the file does not have are not there. */
  readonly axes: readonly Axis[];
  /** The extent of each axis. */
  readonly shape: readonly number[];
  readonly dtype: PixelType;
  /** The extents of what is best read at once: a region that is no multiple costs the decoding of the chunks that it touches. */
  readonly chunks: readonly number[];
  readonly metadata: ImageMetadata;
  /** The programs that the file says it was written by, in its own words; absent or undefined where it says nothing, or is a selection of another source. */
  readonly software?: () => Promise<string | undefined>;
  /**
   * The pixels as they are in the file, NaNs included. Everything without a region. A damaged file is an `InputError`, a region that is not within the shape
   * an `Error`.
   */
  read(region?: Region, options?: ReadOptions): Promise<Block>;
  close(): Promise<void>;
}

/** An interval for every axis of the source; an `Error` where the region has another axis or leaves the shape. */
export function resolveRegion(
  { name, axes, shape }: Pick<ImageSource, "name" | "axes" | "shape">,
  region: Region,
): AxisRange[] {
  const unknown = axisNames.find((axis) => region[axis] !== undefined && !axes.includes(axis));
  if (unknown) throw new Error(`read ${name}: the axes are ${axes.join(", ")}, got a region of ${unknown}`);
  return axes.map((axis, i) => {
    const extent = shape[i]!;
    const wanted = region[axis] ?? [0, extent];
    const [from, to] = typeof wanted === "number" ? [wanted, wanted + 1] : wanted;
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to <= from || to > extent) {
      throw new Error(
        `read ${name}: expected a region within 0 to ${extent} of axis ${axis}, got ${from} to ${to}`,
      );
    }
    return [from, to];
  });
}

/** Number of pages: planes of Y and X, in the order of the file. */
export function pageCountOf({ shape }: Pick<ImageSource, "shape">): number {
  return shape.slice(0, -2).reduce((a, b) => a * b, 1);
}

/** Width and height of a page. */
export function pageSizeOf({ shape }: Pick<ImageSource, "shape">): {
  readonly width: number;
  readonly height: number;
} {
  return { width: shape.at(-1)!, height: shape.at(-2)! };
}

/** The region of a page, or of a window of it. */
export function pageRegion(
  { axes, shape }: Pick<ImageSource, "axes" | "shape">,
  index: number,
  window?: Rectangle,
): Region {
  const region: Partial<Record<Axis, number | AxisRange>> = {};
  let rest = index;
  for (let i = axes.length - 3; i >= 0; i--) {
    region[axes[i]!] = rest % shape[i]!;
    rest = Math.floor(rest / shape[i]!);
  }
  if (window) {
    region.Y = [window.y, window.y + window.height];
    region.X = [window.x, window.x + window.width];
  }
  return region;
}
