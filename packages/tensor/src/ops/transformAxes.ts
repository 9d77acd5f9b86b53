import { expectChoice, normalizeAxis, show } from "../primitives/expect.js";
import { formatShape, type Shape } from "../shape.js";
import { apply, Tensor } from "../tensor.js";
import { mul, neg } from "./arithmetic.js";
import { cast } from "./cast.js";
import { type Complex, toComplex } from "./complex.js";
import { concat, stack } from "./concat.js";
import { flip } from "./flip.js";
import { pad } from "./pad.js";
import { squeeze } from "./reshape.js";
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

/** What a transform divides by, as a factor. */
function factorOf(op: string, sizes: readonly number[], norm: FftNorm, inverse: boolean): number {
  expectChoice(op, "norm", norm, ["backward", "ortho", "forward"]);
  const n = sizes.reduce((product, size) => product * size, 1);
  if (norm === "ortho") return 1 / Math.sqrt(n);
  return (norm === "backward") === inverse ? 1 / n : 1;
}

/** The discrete Fourier transform along `axes`, one after the other. */
export function transformAxes(
  op: string,
  z: Complex,
  { axes, sizes }: Axes,
  norm: FftNorm,
  inverse: boolean,
): Complex {
  const { dtype } = z.real;
  const parts = [z.real, z.imag].map((part) => cast(resizeAll(part, { axes, sizes }), "f32"));
  const packed = axes.reduce((x, axis) => apply("fft", [x], { axis, inverse }), stack(parts, -1));
  const factor = factorOf(op, sizes, norm, inverse);
  const part = (k: number): Tensor => cast(mul(squeeze(narrow(packed, -1, k, 1), -1), factor), dtype);
  return { real: part(0), imag: part(1) };
}

/** The transform of real numbers, of whose last axis the first half says all: frequencies 0 to n / 2. */
export function transformReal(op: string, x: Tensor, chosen: Axes, norm: FftNorm): Complex {
  const { real, imag } = transformAxes(op, toComplex(op, "x", x), chosen, norm, false);
  const axis = chosen.axes.at(-1)!;
  const kept = Math.floor(chosen.sizes.at(-1)! / 2) + 1;
  return { real: narrow(real, axis, 0, kept), imag: narrow(imag, axis, 0, kept) };
}

/** What `transformReal` transforms into `z`: the negative frequencies of the last axis are the conjugates of the positive ones. */
export function transformToReal(op: string, z: Complex, { axes, sizes }: Axes, norm: FftNorm): Tensor {
  const axis = axes.at(-1)!;
  const n = sizes.at(-1)!;
  expectLength(op, "the length of the result", n, z.real.shape);
  const kept = Math.floor(n / 2) + 1;
  const others = { axes: axes.slice(0, -1), sizes: sizes.slice(0, -1) };
  const half = { axes: [...others.axes, axis], sizes: [...others.sizes, kept] };
  const first = { real: resizeAll(z.real, half), imag: resizeAll(z.imag, half) };
  const along = others.axes.length > 0 ? transformAxes(op, first, others, norm, true) : first;
  const mirrored = (part: Tensor): Tensor => flip(narrow(part, axis, 1, n - kept), axis);
  const whole = {
    real: concat([along.real, mirrored(along.real)], axis),
    imag: concat([along.imag, neg(mirrored(along.imag))], axis),
  };
  return transformAxes(op, whole, { axes: [axis], sizes: [n] }, norm, true).real;
}
