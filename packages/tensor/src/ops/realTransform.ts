import { apply, type Tensor } from "../tensor.js";
import { add, mul, neg, sub } from "./arithmetic.js";
import { type Complex, complexMul, conj } from "./complex.js";
import { concat, stack } from "./concat.js";
import { tensor, zerosLike } from "./creation.js";
import { flip } from "./flip.js";
import { moveAxis } from "./moveAxis.js";
import { pad } from "./pad.js";
import { expandDims, reshape, squeeze } from "./reshape.js";
import { narrow } from "./slice.js";

// Fourier transforms of real numbers, in f32 and without a factor. An even number n of them is transformed as the m = n / 2 complex numbers z_j = x_2j + i x_(2j+1): with the transforms E and O of the even and the odd ones
// Z = E + i O, and X_k = E_k + exp(-2 pi i k / n) O_k. After Cooley, Lewis and Welch, "The fast Fourier transform algorithm: programming considerations" (1970).

/** Complex numbers as the primitive takes them: the parts along a new last axis. */
export const toPairs = ({ real, imag }: Complex): Tensor => stack([real, imag], -1);

/** The parts of what the primitive returns. */
export function fromPairs(pairs: Tensor): Complex {
  const part = (k: number): Tensor => squeeze(narrow(pairs, -1, k, 1), -1);
  return { real: part(0), imag: part(1) };
}

const both = ({ real, imag }: Complex, f: (part: Tensor) => Tensor): Complex => ({
  real: f(real),
  imag: f(imag),
});

/** So many roots are computed on the host; of more, some on both sides of a product. */
const mostRoots = 4096;

/** i exp(2 pi i k / n) for k from 0 to `count` - 1, along `axis` of numbers of `rank` axes. */
function turnedRoots(n: number, count: number, axis: number, rank: number): Complex {
  const fine = count <= mostRoots ? count : 2 ** Math.ceil(Math.log2(count) / 2);
  const coarse = Math.ceil(count / fine);
  const list = (length: number, value: (k: number) => number): Tensor =>
    tensor(Float32Array.from({ length }, (_, k) => value(k)));
  const angle = (k: number): number => (2 * Math.PI * k) / n;
  const turned = {
    real: list(fine, (k) => -Math.sin(angle(k))),
    imag: list(fine, (k) => Math.cos(angle(k))),
  };
  const shape = Array.from({ length: rank }, (_, k) => (k === axis ? count : 1));
  if (coarse === 1) return both(turned, (part) => reshape(part, shape));
  const steps = {
    real: list(coarse, (k) => Math.cos(angle(k * fine))),
    imag: list(coarse, (k) => Math.sin(angle(k * fine))),
  };
  const products = complexMul(
    both(steps, (part) => expandDims(part, 1)),
    turned,
  );
  return both(products, (part) => reshape(narrow(reshape(part, [coarse * fine]), 0, 0, count), shape));
}

/** The transform of x along `axis`: its frequencies 0 to n / 2. */
export function transformReals(x: Tensor, axis: number): Complex {
  const { shape } = x;
  const n = shape[axis]!;
  const m = Math.floor(n / 2);
  const rank = shape.length;
  if (n % 2 === 1) {
    const whole = apply("fft", [toPairs({ real: x, imag: zerosLike(x) })], { axis, inverse: false });
    return both(fromPairs(whole), (part) => narrow(part, axis, 0, m + 1));
  }
  const pairs = moveAxis(reshape(x, shape.toSpliced(axis, 1, m, 2)), axis + 1, rank);
  const z = fromPairs(apply("fft", [pairs], { axis, inverse: false }));
  // Z_0 to Z_m, which is Z_0, and their conjugates backwards: 2 E = Z_k + conj Z_(m-k), 2 i O = Z_k - conj Z_(m-k).
  const there = both(z, (part) => concat([part, narrow(part, axis, 0, 1)], axis));
  const back = conj(both(there, (part) => flip(part, axis)));
  const twiceEven = { real: add(there.real, back.real), imag: add(there.imag, back.imag) };
  const odd = { real: sub(there.real, back.real), imag: sub(there.imag, back.imag) };
  // exp(-2 pi i k / n) O = conj(i exp(2 pi i k / n)) i O
  const turned = complexMul(odd, conj(turnedRoots(n, m + 1, axis, rank)));
  return {
    real: mul(add(twiceEven.real, turned.real), 0.5),
    imag: mul(add(twiceEven.imag, turned.imag), 0.5),
  };
}

/** The n real numbers along `axis` of which z has the frequencies 0 to n / 2, times n. The imaginary parts of the first and, where n is even, of the last do not count. */
export function transformToReals(z: Complex, axis: number, n: number): Tensor {
  const { shape } = z.real;
  const m = Math.floor(n / 2);
  const rank = shape.length;
  if (n % 2 === 1) {
    const mirrored = (part: Tensor): Tensor => flip(narrow(part, axis, 1, m), axis);
    const whole = {
      real: concat([z.real, mirrored(z.real)], axis),
      imag: concat([z.imag, neg(mirrored(z.imag))], axis),
    };
    return fromPairs(apply("fft", [toPairs(whole)], { axis, inverse: true })).real;
  }
  const ends = shape.map((_, k) => (k === axis ? ([1, 1] as const) : ([0, 0] as const)));
  const there = { real: z.real, imag: pad(narrow(z.imag, axis, 1, m - 1), ends) };
  const back = conj(both(there, (part) => flip(part, axis)));
  const first = (part: Tensor): Tensor => narrow(part, axis, 0, m);
  const twiceEven = { real: add(there.real, back.real), imag: add(there.imag, back.imag) };
  const odd = { real: sub(there.real, back.real), imag: sub(there.imag, back.imag) };
  // 2 Z = 2 E + i exp(2 pi i k / n) (X_k - conj X_(m-k))
  const turned = complexMul(both(odd, first), turnedRoots(n, m, axis, rank));
  const packed = toPairs({
    real: add(first(twiceEven.real), turned.real),
    imag: add(first(twiceEven.imag), turned.imag),
  });
  const pairs = apply("fft", [packed], { axis, inverse: true });
  return reshape(moveAxis(pairs, rank, axis + 1), shape.with(axis, n));
}
