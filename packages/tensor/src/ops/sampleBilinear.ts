import { describe, expectChoice, expectDType, expectOptions, expectTensor } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { chunk } from "./concat.js";
import { type CoordinateTaps, linearTaps, nearestOnImage } from "./coordinateTaps.js";
import { zeros } from "./creation.js";
import { reshape, squeeze } from "./reshape.js";
import { sampleTaps } from "./sampleTaps.js";

/** What is read where there is no image. */
export interface SampleOptions {
  /** What lies outside: zeros, or the edge repeated. Default "zero". */
  readonly padding?: "zero" | "border";
}

/** The two pixels around a coordinate. */
const tapsOf = (coordinate: Tensor, extent: number, padding: "zero" | "border"): CoordinateTaps =>
  linearTaps(padding === "border" ? nearestOnImage(coordinate, extent) : coordinate, extent);

/**
 * Images x [N,H,W,C] read between their pixels: points [N,...places,2] (f32) are [row, column] in pixels, whole numbers at pixel centres, and
 * give [N,...places,C]. Differentiable in x and in the points, whose gradient jumps at whole numbers, where the formula's is taken (that
 * towards higher coordinates; with "border" 0 on the edges). At NaN nothing is read, or with "border" the first pixel. The gradient of x takes
 * H * W * places steps per image. PyTorch's grid_sample with align_corners true reads the same at points (grid + 1) / 2 * (extent - 1),
 * columns before rows there.
 */
export function sampleBilinear(x: Tensor, points: Tensor, options: SampleOptions = {}): Tensor {
  expectDType("sampleBilinear", "x", x, "float");
  expectTensor("sampleBilinear", "points", points);
  expectOptions("sampleBilinear", options, ["padding"]);
  const { padding = "zero" } = options;
  expectChoice("sampleBilinear", "padding", padding, ["zero", "border"], { zeros: "zero", edge: "border" });
  if (x.shape.length !== 4) {
    throw new Error(`sampleBilinear: expected x of shape [N,H,W,C], got ${describe(x)}`);
  }
  if (points.dtype !== "f32") {
    throw new Error(`sampleBilinear: points must be f32, got ${describe(points)}; cast first`);
  }
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  if (points.shape.length < 2 || points.shape[0] !== batch || points.shape.at(-1) !== 2) {
    throw new Error(
      `sampleBilinear: expected points [N,...places,2] with the batch of x, got points ${describe(points)} for x ${describe(x)}`,
    );
  }
  const places = points.shape.slice(1, -1);
  const count = sizeOf(places);
  if (batch === 0 || count === 0) return zeros([batch, ...places, channels], x.dtype);
  if (height === 0 || width === 0) {
    throw new Error(
      `sampleBilinear: there is nothing to read in x ${describe(x)}; images have at least one pixel`,
    );
  }
  const [row, column] = chunk(reshape(points, [batch, count, 2]), 2, -1).map((part) => squeeze(part, -1));
  const [vertical, horizontal] = [tapsOf(row!, height, padding), tapsOf(column!, width, padding)];
  return reshape(sampleTaps(x, [vertical, horizontal]), [batch, ...places, channels]);
}
