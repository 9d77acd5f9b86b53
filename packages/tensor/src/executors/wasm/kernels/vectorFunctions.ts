import type { Callable, Code } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { f32x4, get, i32, i32x4, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";

const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]!;
const four = (bits: number): readonly number[] => i32x4.const([bits, bits, bits, bits]);
const float = (value: number): readonly number[] => four(bitsOf(value));

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

/** 2^n of an i32x4 in a local, for exponents of normal numbers. */
const powerOfTwo = (n: number): readonly number[] => [
  ...get(n),
  ...four(127),
  ...i32x4.add,
  ...i32.const(23),
  ...i32x4.shl,
];

/** e^x = 2^n e^r with |r| <= ln 2 / 2, by the series. */
function exp(f: FunctionBuilder): void {
  const [x, n, r, half] = [0, f.local("v128"), f.local("v128"), f.local("v128")];
  const { code } = f;
  // Below, the result is 0, above infinite; a NaN stays one.
  code.add(get(x), float(-105), f32x4.max, float(89), f32x4.min, set(x));
  code.add(get(x), float(Math.LOG2E), f32x4.mul, f32x4.nearest, set(n));
  code.add(get(x), get(n), float(ln2High), f32x4.mul, f32x4.sub);
  code.add(get(n), float(ln2Low), f32x4.mul, f32x4.sub, set(r));
  code.add(get(n), i32x4.trunc_sat_f32x4_s, set(n));
  // In two steps, as 2^n alone may be no number where the result is one.
  code.add(get(n), i32.const(1), i32x4.shr_s, set(half), get(n), get(half), i32x4.sub, set(n));
  polynomial(code, r, [...inverseFactorials(7), 1]);
  code.add(powerOfTwo(half), f32x4.mul, powerOfTwo(n), f32x4.mul);
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

/** Four values of a function at once, of f32 to a few units in the last place. */
const functions: Readonly<Record<string, (f: FunctionBuilder, of: (name: string) => Callable) => void>> = {
  exp,
  log,
  log2: ({ code }, of) => {
    code.add(get(0)).call(of("log")).add(float(Math.LOG2E), f32x4.mul);
  },
  /** The series near 0, where e^x - 1 would have lost its digits. */
  expm1: ({ code }, of) => {
    polynomial(code, 0, inverseFactorials(8));
    code.add(get(0), f32x4.mul, get(0)).call(of("exp")).add(float(1), f32x4.sub);
    code.add(get(0), f32x4.abs, float(0.35), f32x4.lt, v128.bitselect);
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
