import type { UnaryName } from "../../../primitives/elementwise.js";

type FunctionName = "expm1" | "tanh" | "arctangent" | "erf";

/**
 * WGSL functions behind rows of the elementwise table. Their polynomials interpolate at the Chebyshev points of the interval that each
 * comment names, and are then exact to about the rounding of f32.
 */
export const elementwiseFunctions: Readonly<Record<FunctionName, string>> = {
  // expm1(x) = x + x^2 P(x) for |x| < 1/2, where exp(x) - 1 cancels.
  expm1: `
fn expMinusOne(x: f32) -> f32 {
  let p = 0.5 + x * (0.166666672 + x * (0.0416657925 + x * (0.00833323598 + x * (0.00139821856 + x * 0.000199448739))));
  return select(exp(x) - 1.0, x + x * x * p, abs(x) < 0.5);
}`,
  // tanh(x) = x + x^3 P(x^2) for |x| < 5/8, where 1 - 2 / (exp(2|x|) + 1) cancels. Beyond 15 the result is 1 to f32.
  tanh: `
fn hyperbolicTangent(x: f32) -> f32 {
  let a = min(abs(x), 15.0);
  let z = a * a;
  let p = -0.333333284 + z * (0.133327693 + z * (-0.0538509078 + z * (0.0209971797 - z * 0.00609671418)));
  return sign(x) * select(1.0 - 2.0 / (exp(2.0 * a) + 1.0), a + a * z * p, a < 0.625);
}`,
  // atan(x) = x + x^3 P(x^2) for 0 <= x <= 1; half-angle formulas bring the others there.
  arctangent: `
fn arctangentOfShare(x: f32) -> f32 {
  let z = x * x;
  let low = 0.110337645 + z * (-0.0865688026 + z * (0.0625016913 + z * (-0.0358715393 + z * (0.0135077713 - z * 0.00238699722))));
  return x + x * z * (-0.333333313 + z * (0.199997395 + z * (-0.142785683 + z * low)));
}

fn arctangent(x: f32) -> f32 {
  let a = abs(x);
  let t = arctangentOfShare(select(a, 1.0 / max(a, 1.0), a > 1.0));
  return sign(x) * select(t, 1.5707963268 - t, a > 1.0);
}

fn arcsine(x: f32) -> f32 {
  let a = abs(x);
  return sign(x) * 2.0 * arctangentOfShare(a / (1.0 + sqrt((1.0 - a) * (1.0 + a))));
}

fn arccosine(x: f32) -> f32 {
  let a = abs(x);
  let t = 2.0 * arctangentOfShare(sqrt((1.0 - a) / (1.0 + a)));
  return select(t, 3.1415926536 - t, x < 0.0);
}`,
  // Below 0.4 the Maclaurin series of erf to x^9; above, erfc(x) = t P(t) exp(-x^2) with t = 1 / (1 + 0.4 x).
  erf: `
fn erfSeries(x: f32) -> f32 {
  let z = x * x;
  return x * 1.1283792 * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * 0.0046296297))));
}

fn erfcTail(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.4 * a);
  let high = 0.155385032 + t * (-0.0371407159 + t * (0.20878458 + t * (-0.209131405 + t * 0.0573517904)));
  let p = 0.225673944 + t * (0.225671053 + t * (0.208185539 + t * (0.165228054 + t * high)));
  return t * p * exp(-min(a * a, 100.0));
}

fn erf(x: f32) -> f32 {
  let a = abs(x);
  return select(sign(x) * (1.0 - erfcTail(a)), erfSeries(x), a < 0.4);
}

fn erfc(x: f32) -> f32 {
  let tail = erfcTail(abs(x));
  return select(select(tail, 2.0 - tail, x < 0.0), 1.0 - erfSeries(x), abs(x) < 0.4);
}`,
};

/** The function that a row calls, where it calls one. */
export const functionOf: { readonly [P in UnaryName]?: FunctionName } = {
  expm1: "expm1",
  tanh: "tanh",
  asin: "arctangent",
  acos: "arctangent",
  atan: "arctangent",
  erf: "erf",
  erfc: "erf",
};
