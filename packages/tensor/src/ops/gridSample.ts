import { describe, expectChoice, expectDType, expectOptions, expectTensor } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { abs, add, div, floor, mul, round, sub } from "./arithmetic.js";
import { isfinite } from "./classification.js";
import { eq } from "./comparison.js";
import { chunk, stack } from "./concat.js";
import { type CoordinateTaps, coordinateTaps, linearTaps, nearestOnImage } from "./coordinateTaps.js";
import { ones, zeros, zerosLike } from "./creation.js";
import { cubicSlope } from "./resample.js";
import { expandDims, reshape, squeeze } from "./reshape.js";
import { sampleTaps } from "./sampleTaps.js";
import { where } from "./where.js";

/** How `gridSample` reads: names and defaults are PyTorch's. */
export interface GridSampleOptions {
  /** "bilinear" (of a volume: trilinear), "nearest", or "bicubic" (images alone). Default "bilinear". */
  readonly mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies outside: zeros, the edge repeated, or the image mirrored. Default "zero". */
  readonly padding?: "zero" | "border" | "reflection";
  /** Whether -1 and 1 are the centres of the outermost pixels, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

type Settings = Required<GridSampleOptions>;

/** A coordinate folded back into the image at its borders: pixel edges, or centres with `alignCorners`. */
function reflect(coordinate: Tensor, extent: number, alignCorners: boolean): Tensor {
  const [low, span] = alignCorners ? [0, extent - 1] : [-0.5, extent];
  if (span === 0) return zerosLike(coordinate);
  const distance = abs(sub(coordinate, low));
  const turns = floor(div(distance, span));
  const rest = sub(distance, mul(turns, span));
  const even = eq(sub(turns, mul(floor(mul(turns, 0.5)), 2)), 0);
  return nearestOnImage(add(where(even, rest, sub(span, rest)), low), extent);
}

/** Where a coordinate outside is read. */
function inside(coordinate: Tensor, extent: number, { padding, alignCorners }: Settings): Tensor {
  switch (padding) {
    case "zero":
      return coordinate;
    case "border":
      return nearestOnImage(coordinate, extent);
    case "reflection":
      return reflect(coordinate, extent, alignCorners);
    default:
      throw new Error(`unknown padding ${padding satisfies never}`);
  }
}

/** The shares of the four neighbours of a position that is `t` beyond the second: Keys' cubic. */
function cubicShares(t: Tensor): Tensor {
  const a = cubicSlope;
  const near = (x: Tensor): Tensor => add(mul(mul(sub(mul(x, a + 2), a + 3), x), x), 1);
  const far = (x: Tensor): Tensor => sub(mul(add(mul(sub(mul(x, a), 5 * a), x), 8 * a), x), 4 * a);
  return stack([far(add(t, 1)), near(t), near(sub(1, t)), far(sub(2, t))], -1);
}

/** The neighbours of normalised coordinates [N, places] along an axis. */
function tapsOf(normalized: Tensor, extent: number, settings: Settings): CoordinateTaps {
  const shifted = add(normalized, 1);
  const coordinate = settings.alignCorners
    ? mul(shifted, (extent - 1) / 2)
    : mul(sub(mul(shifted, extent), 1), 0.5);
  const { mode } = settings;
  switch (mode) {
    case "nearest": {
      const pixel = expandDims(round(inside(coordinate, extent, settings)), -1);
      return coordinateTaps(pixel, ones(pixel.shape), extent);
    }
    case "bilinear":
      return linearTaps(inside(coordinate, extent, settings), extent);
    case "bicubic": {
      // Four neighbours of where the coordinate itself is, each of them read inside.
      const low = floor(coordinate);
      // Between infinity and itself is nothing, of which shares are none.
      const beyond = where(isfinite(coordinate), sub(coordinate, low), 0);
      const pixels = stack([sub(low, 1), low, add(low, 1), add(low, 2)], -1);
      return coordinateTaps(inside(pixels, extent, settings), cubicShares(beyond), extent);
    }
    default:
      throw new Error(`unknown mode ${mode satisfies never}`);
  }
}

/**
 * Images x [N,H,W,C] read at grid [N,...places,2] (f32), of which each is [horizontal, vertical] from -1 to 1, or volumes x [N,D,H,W,C] at [N,...places,3], [horizontal, vertical, depth]:
 * [N,...places,C]. PyTorch's grid_sample. Differentiable in x and in the grid, but for "nearest"; the gradient of x takes as many steps per image as pixels times places.
 * At NaN nothing is read, or with "border" and "reflection" the first pixel. `sampleBilinear` takes positions in pixels.
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const op = "gridSample";
  expectDType(op, "x", x, "float");
  expectTensor(op, "grid", grid);
  expectOptions(op, options, ["mode", "padding", "alignCorners"]);
  const settings = { mode: "bilinear", padding: "zero", alignCorners: false, ...options } as const;
  expectChoice(op, "mode", settings.mode, ["bilinear", "nearest", "bicubic"], { trilinear: "bilinear" });
  expectChoice(op, "padding", settings.padding, ["zero", "border", "reflection"], {
    zeros: "zero",
    edge: "border",
    reflect: "reflection",
  });
  const rank = x.shape.length - 2;
  if (rank !== 2 && rank !== 3) {
    throw new Error(`${op}: expected x of shape [N,H,W,C] or [N,D,H,W,C], got ${describe(x)}`);
  }
  if (grid.dtype !== "f32") throw new Error(`${op}: grid must be f32, got ${describe(grid)}; cast first`);
  const batch = x.shape[0]!;
  if (grid.shape.length < 2 || grid.shape[0] !== batch || grid.shape.at(-1) !== rank) {
    throw new Error(
      `${op}: expected grid [N,...places,${rank}] with the batch of x, got grid ${describe(grid)} for x ${describe(x)}`,
    );
  }
  if (settings.mode === "bicubic" && rank === 3) {
    throw new Error(`${op}: mode "bicubic" is for images [N,H,W,C], got x ${describe(x)}; use "bilinear"`);
  }
  const places = grid.shape.slice(1, -1);
  const count = sizeOf(places);
  if (batch === 0 || count === 0) return zeros([batch, ...places, x.shape.at(-1)!], x.dtype);
  const extents = x.shape.slice(1, -1);
  if (extents.includes(0)) {
    throw new Error(`${op}: there is nothing to read in x ${describe(x)}; images have at least one pixel`);
  }
  const coordinates = chunk(reshape(grid, [batch, count, rank]), rank, -1).map((part) => squeeze(part, -1));
  const taps = coordinates.toReversed().map((along, axis) => tapsOf(along, extents[axis]!, settings));
  return reshape(sampleTaps(x, taps), [batch, ...places, x.shape.at(-1)!]);
}
