import { expectChoice, expectNumbers, expectOptions, expectTensor, show } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { concat } from "./concat.js";
import { full } from "./creation.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/** What is added around a tensor. */
export type PadMode = "zero" | "constant" | "reflect" | "edge" | "circular";

type Widths = readonly (readonly [low: number, high: number])[];

/**
 * `x` with `widths[axis] = [low, high]` elements added around each axis: zeros, `value` ("constant"), the mirror image without the edge
 * itself ("reflect", widths below the extent), copies of the edge, or the other end ("circular", widths up to the extent). A negative width takes elements
 * away, before others are added, which copies of the edge do not notice.
 */
export function pad(
  x: Tensor,
  widths: Widths,
  mode: PadMode = "zero",
  options: { readonly value?: number } = {},
): Tensor {
  expectTensor("pad", "x", x);
  expectChoice("pad", "mode", mode, ["zero", "constant", "reflect", "edge", "circular"], {
    zeros: "zero",
    replicate: "edge",
    nearest: "edge",
    mirror: "reflect",
    wrap: "circular",
  });
  expectOptions("pad", options, ["value"]);
  if (options.value !== undefined && mode !== "constant") {
    throw new Error(`pad: a value needs mode "constant", got "${mode}"`);
  }
  if (!Array.isArray(widths)) {
    throw new Error(
      `pad: widths must have one [low, high] per axis, got ${show(widths)}; write [[1, 1], [0, 0]]`,
    );
  }
  if (widths.length !== x.shape.length) {
    throw new Error(
      `pad: widths must have one [low, high] per axis, got ${widths.length} for x ${formatShape(x.shape)}`,
    );
  }
  for (const [axis, sides] of widths.entries()) {
    expectNumbers("pad", `widths[${axis}]`, sides, "one [low, high] per axis, as in [[1, 1], [0, 0]]");
  }
  const added = widths.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const);
  const kept = mode === "edge" ? x : crop(x, widths);
  if (added.every(([low, high]) => low === 0 && high === 0)) return crop(x, widths);
  if (mode === "circular") return added.reduce((padded, sides, axis) => wrapAxis(padded, axis, sides), kept);
  const params = {
    low: added.map(([low]) => low),
    high: added.map(([, high]) => high),
    interior: added.map(() => 0),
  };
  if (mode === "edge") return crop(apply("pad", [x], { ...params, mode }), widths);
  const { value = 0 } = options;
  const padded = apply("pad", [kept], { ...params, mode: mode === "constant" ? "zero" : mode });
  if (value === 0) return padded;
  const inside = apply("pad", [full(kept.shape, 1, "bool")], { ...params, mode: "zero" });
  return where(inside, padded, value);
}

/** Without as many elements as negative widths say. */
function crop(x: Tensor, widths: Widths): Tensor {
  if (widths.every(([low, high]) => low >= 0 && high >= 0)) return x;
  for (const [axis, sides] of widths.entries()) {
    const [low, high] = sides.map((width) => Math.max(0, -width)) as [number, number];
    if (!sides.every(Number.isInteger) || low + high > x.shape[axis]!) {
      throw new Error(
        `pad: widths [${sides}] take more than axis ${axis} of x ${formatShape(x.shape)} has; they are whole numbers, and negative ones together at most its extent`,
      );
    }
  }
  return slice(
    x,
    widths.map(([low]) => Math.max(0, -low)),
    x.shape.map((extent, axis) => extent - Math.max(0, -widths[axis]![1])),
  );
}

/** The other end of an axis, before and after it. */
function wrapAxis(x: Tensor, axis: number, [low, high]: readonly [number, number]): Tensor {
  if (low === 0 && high === 0) return x;
  const extent = x.shape[axis]!;
  if (![low, high].every((width) => Number.isInteger(width) && width <= extent)) {
    throw new Error(
      `pad: circular needs whole widths up to the extent, got [${low},${high}] on axis ${axis} of x ${formatShape(x.shape)}; pad less, or use tile`,
    );
  }
  const part = (start: number, stop: number): Tensor =>
    slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.with(axis, stop),
    );
  const parts = [...(low > 0 ? [part(extent - low, extent)] : []), x, ...(high > 0 ? [part(0, high)] : [])];
  return concat(parts, axis);
}
