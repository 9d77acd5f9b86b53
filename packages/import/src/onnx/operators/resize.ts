import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Call, Operator } from "../call.js";
import { shapeOf } from "../value.js";

/** For each element of a new axis, which old ones it is made of, and with what weights. */
interface Taps {
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

const coordinates = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;

/**
 * A place that is whole, or halfway, but for its error, as what it was before: there modes of nearest elements go to one side or the other. A scale of the
 * file is an f32, and places by it are off by as much: 1 / f32(1/3) is 2.9999999, and 1 / f32(1/7) is 6.9999997.
 */
function snapped(place: number, error: number): number {
  const near = Math.round(2 * place) / 2;
  return Math.abs(place - near) <= (Math.abs(place) + 1) * error ? near : place;
}

/** Where element i of the new axis lies on the old one. */
function placeOf(
  kind: (typeof coordinates)[number],
  extent: number,
  size: number,
  scale: number,
): (i: number) => number {
  switch (kind) {
    case "half_pixel":
      return (i) => (i + 0.5) / scale - 0.5;
    case "half_pixel_symmetric": {
      const offset = (extent / 2) * (1 - size / (scale * extent));
      return (i) => offset + (i + 0.5) / scale - 0.5;
    }
    case "pytorch_half_pixel":
      return size > 1 ? (i) => (i + 0.5) / scale - 0.5 : () => 0;
    case "align_corners":
      return size > 1 ? (i) => (i * (extent - 1)) / (size - 1) : () => 0;
    case "asymmetric":
      return (i) => i / scale;
    default:
      throw new Error(`unknown place ${kind satisfies never}`);
  }
}

const nearestModes = {
  round_prefer_floor: (x: number) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x: number) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
} as const;

/** Before opset 11: of what shrinks the next one, else the one before. */
const simple = (scale: number) => (scale < 1 ? Math.ceil : Math.floor);

/** Keys' cubic of slope a. */
function cubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

const triangle = (distance: number): number => Math.max(0, 1 - Math.abs(distance));

/** How values between elements are made. */
interface Interpolation {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly place: (typeof coordinates)[number];
  readonly nearest: keyof typeof nearestModes | "simple";
  readonly cubicSlope: number;
  readonly antialias: boolean;
  readonly excludesOutside: boolean;
}

function interpolationOf(call: Call): Interpolation {
  // Before opset 11 there was one kind of place.
  const old = call.opset < 11;
  const place = call.choice("coordinate_transformation_mode", "half_pixel", coordinates);
  const nearest = call.choice("nearest_mode", "round_prefer_floor", [
    "round_prefer_floor",
    "round_prefer_ceil",
    "floor",
    "ceil",
  ]);
  return {
    mode: call.choice("mode", "nearest", ["nearest", "linear", "cubic"]),
    place: old ? "asymmetric" : place,
    nearest: old ? "simple" : nearest,
    cubicSlope: call.float("cubic_coeff_a", -0.75),
    antialias: call.int("antialias", 0) === 1,
    excludesOutside: call.int("exclude_outside", 0) === 1,
  };
}

function tapsOf(interpolation: Interpolation, extent: number, size: number, scale: number): Taps {
  const { mode, nearest, cubicSlope, antialias, excludesOutside } = interpolation;
  const at = placeOf(interpolation.place, extent, size, scale);
  const error = scale === size / extent ? 2 ** -48 : 2 ** -23;
  const place = (i: number): number => snapped(at(i), error);
  const within = (i: number): number => Math.max(0, Math.min(extent - 1, i));
  const each = Array.from({ length: size }, (_, i) => i);
  if (mode === "nearest") {
    const chosen = nearest === "simple" ? simple(scale) : nearestModes[nearest];
    return { indices: each.map((i) => [within(chosen(place(i)))]), weights: each.map(() => [1]) };
  }
  const kernel = mode === "linear" ? triangle : (d: number) => cubic(d, cubicSlope);
  // The filter is widened where the image shrinks.
  const stretch = antialias ? Math.min(1, scale) : 1;
  const reach = Math.ceil((mode === "linear" ? 1 : 2) / stretch);
  const taps = each.map((i) => {
    const centre = place(i);
    const first = Math.floor(centre) - reach + 1;
    const indices = Array.from({ length: 2 * reach }, (_, tap) => first + tap);
    const raw = indices.map((index) => {
      const excluded = excludesOutside && (index < 0 || index >= extent);
      return excluded ? 0 : kernel((index - centre) * stretch);
    });
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { indices: indices.map(within), weights: raw.map((weight) => weight / total) };
  });
  return { indices: taps.map(({ indices }) => indices), weights: taps.map(({ weights }) => weights) };
}

/** The sum over the taps of the old elements, weighted. */
function along(x: Tensor, axis: number, { indices, weights }: Taps): Tensor {
  const taps = indices[0]?.length ?? 0;
  const shape = x.shape.map(() => 1).with(axis, indices.length);
  return Array.from({ length: taps }, (_, tap) => {
    const taken = t.take(x, t.tensor(Int32Array.from(indices.map((each) => each[tap]!))), axis);
    const share = weights.map((each) => each[tap]!);
    return share.every((weight) => weight === 1)
      ? taken
      : t.mul(taken, t.tensor(share, { shape, dtype: "f32" }));
  }).reduce((a, b) => t.add(a, b));
}

/** What kernels of their own are there for: nearest neighbours of whole blocks, and linear interpolation of pixel centres. */
function known(
  { mode, place, nearest, antialias }: Interpolation,
  scales: readonly number[],
): t.InterpolateOptions["mode"] | undefined {
  if (mode === "nearest") {
    const down = nearest === "floor" || (nearest === "simple" && scales.every((scale) => scale >= 1));
    return place === "asymmetric" && down ? "nearest" : undefined;
  }
  const centres = place === "half_pixel" || place === "pytorch_half_pixel";
  return mode === "linear" && centres && !antialias ? "bilinear" : undefined;
}

const resize: Operator = (call) => {
  call.choice("keep_aspect_ratio_policy", "stretch", ["stretch"]);
  const value = call.value(0);
  const shape = shapeOf(value);
  const rank = shape.length;
  // Opset 10 had no region of interest, and Upsample its scales as an attribute before 9.
  const [scalesAt, sizesAt] = call.opset < 11 ? [1, -1] : [2, 3];
  const axes = call.ints("axes")?.map((axis) => call.axisOf(axis, rank)) ?? shape.map((_, axis) => axis);
  const given = call.floats("scales") ?? call.optionalNumbers(scalesAt);
  const sizes = sizesAt < 0 ? undefined : call.optionalNumbers(sizesAt);
  if (!sizes?.length && !given?.length) return call.refuse("has neither scales nor sizes");
  const extents = shape.map((extent, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return extent;
    // In f32, as runtimes have it: 10 * f32(0.7) is 6.9999999 before it is rounded.
    return sizes?.length ? sizes[i]! : Math.floor(Math.fround(extent * given![i]!));
  });
  // A scale that leaves no rest is the ratio of the extents, which is not rounded to f32.
  const scales = extents.map((size, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return 1;
    const ratio = size / shape[axis]!;
    return sizes?.length || Math.fround(ratio) === given![i] ? ratio : given![i]!;
  });
  const interpolation = interpolationOf(call);
  const mode = known(interpolation, scales);
  const exact = extents.every((size, axis) => scales[axis] === size / shape[axis]!);
  const imagesOnly = extents[0] === shape[0] && extents[1] === shape[1];
  if (mode && exact && rank === 4 && imagesOnly && extents.slice(2).every((extent) => extent > 1)) {
    return call.ofImages(t.interpolate(call.images(0), { size: extents.slice(2), mode }));
  }
  const { order } = value;
  const tensor = extents.reduce(
    (x, size, axis) =>
      size === shape[axis] && scales[axis] === 1
        ? x
        : along(x, order.indexOf(axis), tapsOf(interpolation, shape[axis]!, size, scales[axis]!)),
    value.tensor,
  );
  return { tensor, order };
};

export const resizing: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: resize };
