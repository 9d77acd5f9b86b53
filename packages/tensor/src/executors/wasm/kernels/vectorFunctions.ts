import type { Callable, Code, Instructions } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { f32x4, get, i32, i32x4, set, v128 } from "../module/instructions.js";
import { bitsOf, floatLanes as float, lanes as four, type Lanes } from "../module/lanes.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";

/** ln 2 as a number of few bits, whose multiples are exact, and the rest. */
const ln2High = Math.fround(355 / 512);
const ln2Low = Math.LN2 - ln2High;

/** Pushes the value of a polynomial at a local, by Horner's rule; coefficients from the highest on. */
function polynomial(code: Code, x: number, [highest, ...rest]: readonly number[]): void {
  code.add(float(highest!));
  for (const coefficient of rest) code.add(get(x), f32x4.mul, float(coefficient), f32x4.add);
}

/** 1 / n!, ..., 1 / 2!, 1, of the exponential series from x on. */
const inverseFactorials = (terms: number): number[] => {
  const all: number[] = [];
  let factorial = 1;
  for (let n = 1; n <= terms; n++) {
    factorial *= n;
    all.unshift(1 / factorial);
  }
  return all;
};

/** 2^n of an i32x4 on the stack, for exponents of normal numbers. */
const powerOfTwo = (n: readonly number[]): readonly Instructions[] => [
  n,
  four(127),
  i32x4.add,
  i32.const(23),
  i32x4.shl,
];

/**
 * (e^r - 1 - r) / r^2 where |r| <= ln 2 / 2, from the constant on: the polynomial of its degree that is best for e^r, wrong by at most 0.06 units of its last place (least squares, reweighted until the largest error is least).
 */
const exponential = [
  0.49999993432, 0.166665203988, 0.0416683907871, 0.00836874513618, 0.00138145401067,
] as const;

/** What `reduced` leaves in locals. */
interface Reduced {
  /** e^r - 1. */
  readonly p: number;
  /** With e^x = 2^half 2^rest e^r: in two steps, as their product alone may be no number where the result is one. */
  readonly half: number;
  readonly rest: number;
}

/** x, within -105 and 89, as r + n ln 2 with |r| <= ln 2 / 2. Below, e^x is 0, above infinite; a NaN stays one. */
function reduced(f: FunctionBuilder): Reduced {
  const [x, n, r, square, p, half, rest] = [
    0,
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
  ];
  const { code } = f;
  code.add(get(x), float(-105), f32x4.max, float(89), f32x4.min, set(r));
  code.add(get(r), float(Math.LOG2E), f32x4.mul, f32x4.nearest, set(n));
  code.add(get(r), get(n), float(ln2High), f32x4.mul, f32x4.sub);
  code.add(get(n), float(ln2Low), f32x4.mul, f32x4.sub, set(r));
  code.add(get(n), i32x4.trunc_sat_f32x4_s, set(n));
  code.add(get(n), i32.const(1), i32x4.shr_s, set(half), get(n), get(half), i32x4.sub, set(rest));
  // By Estrin's rule, whose parts do not wait for each other.
  const [c0, c1, c2, c3, c4] = exponential.map(float) as [Lanes, Lanes, Lanes, Lanes, Lanes]; // of five
  code.add(get(r), get(r), f32x4.mul, set(square));
  code.add(get(r), c1, f32x4.mul, c0, f32x4.add);
  code.add(get(r), c3, f32x4.mul, c2, f32x4.add, get(square), c4, f32x4.mul, f32x4.add);
  code.add(get(square), f32x4.mul, f32x4.add, get(square), f32x4.mul, get(r), f32x4.add, set(p));
  return { p, half, rest };
}

/** e^x = 2^n e^r. */
function exp(f: FunctionBuilder): void {
  const { p, half, rest } = reduced(f);
  const { code } = f;
  code.add(get(p), float(1), f32x4.add, ...powerOfTwo(get(half)), f32x4.mul);
  // What rounds to 0 becomes so by a factor 0: products that are too small for normal numbers take processors long.
  code.add(...powerOfTwo(get(rest)), get(0), float(-104), f32x4.ge, v128.and, f32x4.mul);
}

/** e^x - 1 = (2^half (e^r - 1) + (2^half - 2^-rest)) 2^rest, which loses no digits near 0, where both are 0, and has the sign of x. */
function expm1(f: FunctionBuilder): void {
  const { p, half, rest } = reduced(f);
  const { code } = f;
  code.add(...powerOfTwo(get(half)), set(half));
  code.add(get(p), get(half), f32x4.mul);
  code.add(get(half), ...powerOfTwo([...get(rest), ...i32x4.neg]), f32x4.sub, f32x4.add);
  code.add(...powerOfTwo(get(rest)), f32x4.mul, get(0), four(-(2 ** 31)), v128.and, v128.or);
}

/** ln x = e ln 2 + ln m with m between the roots of 1/2 and 2; ln m = 2 artanh(s), s = (m - 1) / (m + 1). */
function log(f: FunctionBuilder): void {
  const [x, bits, e, s, z, result] = [
    0,
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
    f.local("v128"),
  ];
  const { code } = f;
  const smallest = float(2 ** -126);
  // What has fewer bits is made larger first.
  code.add(get(x), float(2 ** 23), f32x4.mul, get(x), get(x), smallest, f32x4.lt, v128.bitselect, set(bits));
  code.add(get(bits), four(bitsOf(Math.SQRT1_2)), i32x4.sub, i32.const(23), i32x4.shr_s, set(e));
  code.add(get(bits), get(e), i32.const(23), i32x4.shl, i32x4.sub, set(bits));
  code.add(get(e), f32x4.convert_i32x4_s, get(x), smallest, f32x4.lt, float(23), v128.and, f32x4.sub, set(e));
  code.add(get(bits), float(1), f32x4.sub, get(bits), float(1), f32x4.add, f32x4.div, set(s));
  code.add(get(s), get(s), f32x4.mul, set(z));
  polynomial(code, z, [2 / 9, 2 / 7, 2 / 5, 2 / 3]);
  code.add(get(z), f32x4.mul, get(s), f32x4.mul, get(e), float(ln2Low), f32x4.mul, f32x4.add);
  code.add(get(s), get(s), f32x4.add, f32x4.add, get(e), float(ln2High), f32x4.mul, f32x4.add, set(result));
  // Infinity and NaN are their own logarithms, 0 has -infinity, and what is below 0 none.
  code.add(
    get(x),
    get(result),
    get(x),
    float(Number.POSITIVE_INFINITY),
    f32x4.lt,
    v128.not,
    v128.bitselect,
    set(result),
  );
  code.add(
    float(Number.NEGATIVE_INFINITY),
    get(result),
    get(x),
    float(0),
    f32x4.eq,
    v128.bitselect,
    set(result),
  );
  code.add(float(Number.NaN), get(result), get(x), float(0), f32x4.lt, v128.bitselect);
}

/**
 * t P(t) e^-a^2 with t = 1 / (1 + 0.4 a), which is erfc(a) from 0.4 on; the numbers are those of `shaders/errorFunction.wgsl`. a^2 = h^2 + (a - h)(a + h), where h has half of a's bits, so that its square
 * is exact.
 */
function errorTail(f: FunctionBuilder, of: (name: string) => Callable): void {
  const [a, t, h] = [0, f.local("v128"), f.local("v128")];
  const { code } = f;
  // From 11 on nothing is left.
  code.add(get(a), float(12), f32x4.min, set(a), get(a), four(~0xfff), v128.and, set(h));
  code.add(float(1), get(a), float(0.4), f32x4.mul, float(1), f32x4.add, f32x4.div, set(t));
  const highest = [0.0573517904, -0.209131405, 0.20878458, -0.0371407159, 0.155385032];
  polynomial(code, t, [...highest, 0.165228054, 0.208185539, 0.225671053, 0.225673944]);
  code.add(get(t), f32x4.mul, get(h), get(h), f32x4.mul, f32x4.neg).call(of("exp")).add(f32x4.mul);
  // e^(h^2 - a^2), whose exponent is at most 0.15 below 0.
  code.add(get(h), get(a), f32x4.sub, get(h), get(a), f32x4.add, f32x4.mul, set(h));
  polynomial(code, h, [...inverseFactorials(5), 1]);
  code.add(f32x4.mul);
}

/** Below 0.6 the Maclaurin series of erf to x^15: 2 / sqrt(pi) times the sum of (-1)^n x^(2n + 1) / (n! (2n + 1)). */
function errorSeries(f: FunctionBuilder): void {
  const [x, z] = [0, f.local("v128")];
  f.code.add(get(x), get(x), f32x4.mul, set(z));
  const series = [-1 / 75600, 1 / 9360, -1 / 1320, 1 / 216, -1 / 42, 1 / 10, -1 / 3, 1];
  polynomial(
    f.code,
    z,
    series.map((coefficient) => (2 / Math.sqrt(Math.PI)) * coefficient),
  );
  f.code.add(get(x), f32x4.mul);
}

/** Pushes whether the size of x is below 0.6. */
const isSmall: readonly Instructions[] = [get(0), f32x4.abs, float(0.6), f32x4.lt];

/** Four values of a function at once, of f32 to a few units in the last place. */
const functions: Readonly<Record<string, (f: FunctionBuilder, of: (name: string) => Callable) => void>> = {
  exp,
  expm1,
  log,
  errorTail,
  errorSeries,
  erf: ({ code }, of) => {
    code.add(get(0)).call(of("errorSeries"));
    code.add(float(1), get(0), f32x4.abs).call(of("errorTail")).add(f32x4.sub);
    code.add(get(0), four(-(2 ** 31)), v128.and, v128.or, ...isSmall, v128.bitselect);
  },
  /** 2 - erfc(-x) below 0. */
  erfc: (f, of) => {
    const tail = f.local("v128");
    f.code.add(get(0), f32x4.abs).call(of("errorTail")).add(set(tail));
    f.code.add(float(1), get(0)).call(of("errorSeries")).add(f32x4.sub);
    f.code.add(float(2), get(tail), f32x4.sub, get(tail), get(0), float(0), f32x4.lt, v128.bitselect);
    f.code.add(...isSmall, v128.bitselect);
  },
  log2: ({ code }, of) => {
    code.add(get(0)).call(of("log")).add(float(Math.LOG2E), f32x4.mul);
  },
  /** 1 / (1 + e) or, below 0, e / (1 + e), with e = e^-|x|. */
  sigmoid: (f, of) => {
    const e = f.local("v128");
    f.code.add(get(0), f32x4.abs, f32x4.neg).call(of("exp")).add(set(e));
    f.code.add(get(e), float(1), get(0), float(0), f32x4.lt, v128.bitselect);
    f.code.add(float(1), get(e), f32x4.add, f32x4.div);
  },
  /** u / (u + 2) with u = e^2|x| - 1, which is 1 from 20 on, and the sign of x. */
  tanh: (f, of) => {
    const u = f.local("v128");
    f.code.add(get(0), f32x4.abs, float(2), f32x4.mul, float(40), f32x4.min).call(of("expm1")).add(set(u));
    f.code.add(get(u), get(u), float(2), f32x4.add, f32x4.div, get(0), four(-(2 ** 31)), v128.and, v128.or);
  },
};

/** The function (v128) => v128 of an operation on floats, if there is one. */
export function vectorFunction(module: ModuleBuilder, op: string): Callable | undefined {
  if (!Object.hasOwn(functions, op)) return undefined;
  const of = (name: string): Callable =>
    module.helper(`${name} of four`, { parameters: ["v128"], results: ["v128"] }, (f) =>
      functions[name]!(f, of),
    );
  return of(op);
}
