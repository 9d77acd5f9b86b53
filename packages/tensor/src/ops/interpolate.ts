import {
  describe,
  expectChoice,
  expectDType,
  expectNumbers,
  expectOptions,
  expectTensor,
} from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { averageAlong } from "./coveringWindows.js";
import {
  type Along,
  alignedAlong,
  cubic,
  cubicAlong,
  cubicKernel,
  filteredAlong,
  linearAlong,
  linearKernel,
  nearestAlong,
  nearestExactAlong,
  resizeAxes,
} from "./resample.js";

/** How values between pixels are made; the names are PyTorch's. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "bicubic"
  | "area";

/** The size of the result, and what lies between pixels. */
export interface InterpolateOptions {
  /** The spatial extents of the result, one per axis. */
  readonly size: readonly number[];
  /**
   * "nearest": element floor(i extent / size); "nearest-exact": the element whose centre is nearest, as Pillow and scikit-image have it; "linear", "bilinear" and "trilinear": linear
   * interpolation of one, two and three axes; "bicubic": of two axes, by Keys' cubic with slope -0.75; "area": means over windows that cover the image. Default "nearest".
   */
  readonly mode?: InterpolationMode;
  /** Whether the centres of the outermost pixels, not their outer edges, stay where they are; for linear and cubic modes. Default false. */
  readonly alignCorners?: boolean;
  /** Whether the filter is widened where the image shrinks, as Pillow has it; for "bilinear" and "bicubic". Default false. */
  readonly antialias?: boolean;
}

/** The number of spatial axes that a mode is for. */
const ranks: Readonly<Partial<Record<InterpolationMode, number>>> = {
  linear: 1,
  bilinear: 2,
  trilinear: 3,
  bicubic: 2,
};

/** The slope of the antialiasing cubic, Pillow's. */
const filterSlope = -0.5;
const triangle = (distance: number): number => Math.max(0, 1 - Math.abs(distance));

function alongFor(mode: InterpolationMode, alignCorners: boolean, antialias: boolean): Along {
  switch (mode) {
    case "nearest":
      return nearestAlong;
    case "nearest-exact":
      return nearestExactAlong;
    case "area":
      return averageAlong;
    case "linear":
    case "bilinear":
    case "trilinear":
      if (antialias) return (x, axis, size) => filteredAlong(x, axis, size, triangle, 1);
      return alignCorners ? (x, axis, size) => alignedAlong(x, axis, size, linearKernel) : linearAlong;
    case "bicubic":
      if (antialias) {
        return (x, axis, size) => filteredAlong(x, axis, size, (distance) => cubic(distance, filterSlope), 2);
      }
      return alignCorners ? (x, axis, size) => alignedAlong(x, axis, size, cubicKernel) : cubicAlong;
    default:
      throw new Error(`unknown mode ${mode satisfies never}`);
  }
}

/**
 * Sequences, images or volumes x [N,...extents,C] at another size: PyTorch's interpolate with `size`. Without antialiasing and aligned corners, output i of an axis lies at
 * (i + 0.5) extent / size - 0.5, and the edge repeats. Where size divided by its greatest common divisor with extent is above 16, and with either of the two,
 * elements are gathered, and the gradient of an axis takes extent * size steps.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const op = "interpolate";
  expectTensor(op, "x", x);
  expectOptions(op, options, ["size", "mode", "alignCorners", "antialias"], "{ size: [height, width] }");
  const { size, mode = "nearest", alignCorners = false, antialias = false } = options;
  expectChoice(
    op,
    "mode",
    mode,
    ["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area"],
    { cubic: "bicubic" },
  );
  expectNumbers(op, "size", size, "one extent per spatial axis, as in { size: [height, width] }");
  const rank = x.shape.length - 2;
  if (rank < 1 || rank > 3) {
    throw new Error(`${op}: expected x of shape [N,L,C], [N,H,W,C] or [N,D,H,W,C], got ${describe(x)}`);
  }
  if (size.length !== rank || size.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new Error(
      `${op}: size must be ${rank} whole numbers of at least 1, one per spatial axis of x ${describe(x)}, got [${size}]`,
    );
  }
  const wanted = ranks[mode];
  if (wanted !== undefined && wanted !== rank) {
    throw new Error(`${op}: mode "${mode}" is for ${wanted} spatial axes, x ${describe(x)} has ${rank}`);
  }
  if (wanted === undefined && alignCorners) {
    throw new Error(`${op}: alignCorners is for linear and cubic modes, got mode "${mode}"`);
  }
  if (antialias && ((mode !== "bilinear" && mode !== "bicubic") || alignCorners)) {
    throw new Error(
      `${op}: antialias is for modes "bilinear" and "bicubic" without alignCorners, got mode "${mode}"${alignCorners ? " with it" : ""}`,
    );
  }
  if (mode !== "nearest" && mode !== "nearest-exact") expectDType(op, "x", x, "float");
  return resizeAxes(op, x, size, alongFor(mode, alignCorners, antialias));
}
