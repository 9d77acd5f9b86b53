import type { DType } from "../dtype.js";
import { expectChoice, normalizeAxis, show } from "../primitives/expect.js";
import { formatShape, type Shape } from "../shape.js";
import { apply, Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { cast } from "./cast.js";
import type { Complex } from "./complex.js";
import { pad } from "./pad.js";
import { fromPairs, toPairs, transformReals, transformToReals } from "./realTransform.js";
import { narrow } from "./slice.js";

/**
 * Which of the two directions divides by the number of elements transformed, n: the way back ("backward", the default), both by its square root ("ortho"), or the way
 * there ("forward").
 */
export type FftNorm = "backward" | "ortho" | "forward";

/** What is transformed: axes in their order, with the extent that each is cut or filled with zeros to. */
interface Axes {
  readonly axes: readonly number[];
  readonly sizes: readonly number[];
}

/** Throws where a length is none. */
function expectLength(op: string, name: string, length: number, shape: Shape): void {
  if (!Number.isInteger(length) || length < 1) {
    throw new Error(
      `${op}: ${name} must be a whole number of at least 1, got ${show(length)} (x ${formatShape(shape)})`,
    );
  }
}

/** One axis and its length, which is that of x unless it is given. */
export function oneAxis(op: string, x: Tensor, n: number | undefined, axis: number): Axes {
  const resolved = normalizeAxis(op, axis, x.shape.length);
  const length = n ?? x.shape[resolved]!;
  expectLength(op, n === undefined ? `the extent of axis ${axis}` : "n", length, x.shape);
  return { axes: [resolved], sizes: [length] };
}

/** Several axes: the given ones, else as many of the last as there are lengths in `s`, else all. */
export function severalAxes(
  op: string,
  x: Tensor,
  s: readonly number[] | undefined,
  axes: readonly number[] | undefined,
): Axes {
  for (const [name, list] of [
    ["s", s],
    ["axes", axes],
  ] as const) {
    if (list !== undefined && !Array.isArray(list)) {
      throw new Error(`${op}: ${name} must be an array of numbers, got ${show(list)}`);
    }
  }
  const { length: rank } = x.shape;
  const chosen = axes ?? (s ? s.map((_, k) => k - s.length) : x.shape.map((_, axis) => axis));
  if (chosen.length === 0 || (s && s.length !== chosen.length)) {
    throw new Error(
      `${op}: expected at least one axis, and one length in s for each, got axes [${chosen.join(",")}]${s ? ` and s [${s.join(",")}]` : ""}`,
    );
  }
  const resolved = chosen.map((axis) => normalizeAxis(op, axis, rank));
  if (new Set(resolved).size !== resolved.length) {
    throw new Error(`${op}: axes [${chosen.join(",")}] name an axis of x ${formatShape(x.shape)} twice`);
  }
  const sizes = resolved.map((axis, k) => s?.[k] ?? x.shape[axis]!);
  sizes.forEach((size, k) => {
    expectLength(op, s ? `s[${k}]` : `the extent of axis ${chosen[k]}`, size, x.shape);
  });
  return { axes: resolved, sizes };
}

/** What is transformed in f32: floating point as it is, whole numbers and bools as numbers. */
export function asNumbers(x: Tensor | Complex): Tensor | Complex {
  return x instanceof Tensor && x.dtype !== "f32" && x.dtype !== "f16" ? cast(x, "f32") : x;
}

/** `x` with the extent `size` along `axis`: its first elements, or zeros after the last. */
function resize(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size <= extent) return narrow(x, axis, 0, size);
  return pad(
    x,
    x.shape.map((_, k) => [0, k === axis ? size - extent : 0] as const),
  );
}

const resizeAll = (x: Tensor, { axes, sizes }: Axes): Tensor =>
  axes.reduce((resized, axis, k) => resize(resized, axis, sizes[k]!), x);

/** The way of division that an option chooses, "backward" where it chooses none; throws where it is no such way. */
export function normOf(op: string, norm: FftNorm = "backward"): FftNorm {
  expectChoice(op, "norm", norm, ["backward", "ortho", "forward"]);
  return norm;
}

/** What a transform divides by, as a factor. */
function factorOf(sizes: readonly number[], norm: FftNorm, inverse: boolean): number {
  const n = sizes.reduce((product, size) => product * size, 1);
  if (norm === "ortho") return 1 / Math.sqrt(n);
  return (norm === "backward") === inverse ? 1 / n : 1;
}

/** Along one axis after the other, without a factor, in f32. */
const along = (z: Complex, axes: readonly number[], inverse: boolean): Complex =>
  axes.length === 0
    ? z
    : fromPairs(axes.reduce((x, axis) => apply("fft", [x], { axis, inverse }), toPairs(z)));

/** Both parts times a factor, in a dtype. */
const scaled = ({ real, imag }: Complex, factor: number, dtype: DType): Complex => ({
  real: cast(mul(real, factor), dtype),
  imag: cast(mul(imag, factor), dtype),
});

/** The discrete Fourier transform along `axes`, one after the other. */
export function transformAxes(z: Complex, { axes, sizes }: Axes, norm: FftNorm, inverse: boolean): Complex {
  const resized = (part: Tensor): Tensor => cast(resizeAll(part, { axes, sizes }), "f32");
  const transformed = along({ real: resized(z.real), imag: resized(z.imag) }, axes, inverse);
  return scaled(transformed, factorOf(sizes, norm, inverse), z.real.dtype);
}

/** The transform of real numbers, of whose last axis the first half says all: frequencies 0 to n / 2. That axis comes first, so that the others have half as much to transform. */
export function transformReal(x: Tensor, { axes, sizes }: Axes, norm: FftNorm): Complex {
  const half = transformReals(cast(resizeAll(x, { axes, sizes }), "f32"), axes.at(-1)!);
  return scaled(along(half, axes.slice(0, -1), false), factorOf(sizes, norm, false), x.dtype);
}

/** What `transformReal` transforms into `z`: the negative frequencies of the last axis are the conjugates of the positive ones. */
export function transformToReal(op: string, z: Complex, { axes, sizes }: Axes, norm: FftNorm): Tensor {
  const n = sizes.at(-1)!;
  expectLength(op, "the length of the result", n, z.real.shape);
  const kept = { axes, sizes: sizes.with(-1, Math.floor(n / 2) + 1) };
  const resized = (part: Tensor): Tensor => cast(resizeAll(part, kept), "f32");
  const half = along({ real: resized(z.real), imag: resized(z.imag) }, axes.slice(0, -1), true);
  const x = transformToReals(half, axes.at(-1)!, n);
  return cast(mul(x, factorOf(sizes, norm, true)), z.real.dtype);
}
