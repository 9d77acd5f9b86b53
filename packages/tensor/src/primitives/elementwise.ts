import type { DType } from "../dtype.js";

/**
 * One row per elementwise primitive: the WGSL expression over already computed scalars, and the float64 function of
 * the reference interpreter. The derivative of each row stands in @clidim/autograd.
 *
 * On values: WGSL lets an implementation assume that no NaN and no infinity occurs, so neither is guaranteed to propagate on
 * a device. Rows keep finite inputs of sensible size finite (tanh saturates instead of overflowing).
 */
export interface UnaryRow {
  readonly wgsl: (x: string, dtype: DType) => string;
  readonly reference: (x: number, dtype: DType) => number;
  /** Operand dtypes accepted. */
  readonly accepts: "float" | "numeric" | "bool" | "integer or bool";
}

export interface BinaryRow {
  readonly wgsl: (a: string, b: string, dtype: DType) => string;
  readonly reference: (a: number, b: number, dtype: DType) => number;
  readonly accepts: "float" | "numeric" | "any" | "integer" | "integer or bool";
  /** "same" as the operands, or a comparison's bool. */
  readonly result: "same" | "bool";
}

/** Wraps an exact integer result to the dtype's 32 bits. */
export const wrap = (value: number, dtype: DType): number =>
  dtype === "u32" ? value >>> 0 : dtype === "i32" ? value | 0 : value;

/** erf and erfc by W. J. Cody's rational approximations, relative error below 1e-14. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.5) {
    const z = x * x;
    const p =
      3209.3775891384694 +
      z * (377.485237685302 + z * (113.86415415105016 + z * (3.1611237438705655 + z * 0.18577770618460315)));
    const q =
      2844.236833439171 + z * (1282.6165260773723 + z * (244.02463793444417 + z * (23.601290952344122 + z)));
    return (x * p) / q;
  }
  return x < 0 ? erfcTail(a) - 1 : 1 - erfcTail(a);
}

export function erfc(x: number): number {
  if (Math.abs(x) < 0.5) return 1 - erf(x);
  return x < 0 ? 2 - erfcTail(-x) : erfcTail(x);
}

/** erfc from 0.5 on. */
function erfcTail(a: number): number {
  if (a < 4) {
    const p =
      1230.3393547979972 +
      a *
        (2051.0783778260716 +
          a *
            (1712.0476126340707 +
              a *
                (881.952221241769 +
                  a *
                    (298.6351381974001 +
                      a *
                        (66.11919063714163 +
                          a * (8.883149794388377 + a * (0.5641884969886701 + a * 2.1531153547440383e-8)))))));
    const q =
      1230.3393548037495 +
      a *
        (3439.3676741437216 +
          a *
            (4362.619090143247 +
              a *
                (3290.7992357334597 +
                  a *
                    (1621.3895745666903 +
                      a * (537.1811018620099 + a * (117.6939508913125 + a * (15.744926110709835 + a)))))));
    return (Math.exp(-a * a) * p) / q;
  }
  const z = 1 / (a * a);
  const p =
    0.0006587491615298378 +
    z *
      (0.016083785148742275 +
        z *
          (0.12578172611122926 +
            z * (0.36034489994980445 + z * (0.30532663496123236 + z * 0.016315387137302097))));
  const q =
    0.0023352049762686918 +
    z *
      (0.06051834131244132 +
        z * (0.5279051029514285 + z * (1.8729528499234673 + z * (2.568520192289822 + z))));
  return (Math.exp(-a * a) / a) * (0.5641895835477563 - (z * p) / q);
}

const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

export type UnaryName =
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "ceil"
  | "round"
  | "sqrt"
  | "exp"
  | "expm1"
  | "log"
  | "log2"
  | "sin"
  | "cos"
  | "asin"
  | "acos"
  | "atan"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "erfc"
  | "not";

export type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "pow"
  | "minimum"
  | "maximum"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRight";

export const unaryRows: Readonly<Record<UnaryName, UnaryRow>> = {
  /** WGSL has no negation of u32. */
  neg: {
    wgsl: (x, dtype) => (dtype === "u32" ? `(~(${x}) + 1u)` : `-(${x})`),
    reference: (x, d) => wrap(-x, d),
    accepts: "numeric",
  },
  abs: { wgsl: (x) => `abs(${x})`, reference: (x, d) => wrap(Math.abs(x), d), accepts: "numeric" },
  sign: { wgsl: (x) => `sign(${x})`, reference: Math.sign, accepts: "float" },
  floor: { wgsl: (x) => `floor(${x})`, reference: Math.floor, accepts: "float" },
  ceil: { wgsl: (x) => `ceil(${x})`, reference: Math.ceil, accepts: "float" },
  /** Halves go to the even neighbour, as in WGSL and NumPy. */
  round: { wgsl: (x) => `round(${x})`, reference: roundHalfToEven, accepts: "float" },
  sqrt: { wgsl: (x) => `sqrt(${x})`, reference: Math.sqrt, accepts: "float" },
  exp: { wgsl: (x) => `exp(${x})`, reference: Math.exp, accepts: "float" },
  expm1: { wgsl: (x) => `expMinusOne(${x})`, reference: Math.expm1, accepts: "float" },
  log: { wgsl: (x) => `log(${x})`, reference: Math.log, accepts: "float" },
  log2: { wgsl: (x) => `log2(${x})`, reference: Math.log2, accepts: "float" },
  sin: { wgsl: (x) => `sin(${x})`, reference: Math.sin, accepts: "float" },
  cos: { wgsl: (x) => `cos(${x})`, reference: Math.cos, accepts: "float" },
  asin: { wgsl: (x) => `arcsine(${x})`, reference: Math.asin, accepts: "float" },
  acos: { wgsl: (x) => `arccosine(${x})`, reference: Math.acos, accepts: "float" },
  atan: { wgsl: (x) => `arctangent(${x})`, reference: Math.atan, accepts: "float" },
  tanh: { wgsl: (x) => `hyperbolicTangent(${x})`, reference: Math.tanh, accepts: "float" },
  /** exp(88) is the last that f32 holds; the result is 0 to f32 beyond. */
  sigmoid: {
    wgsl: (x) => `(1.0 / (1.0 + exp(-max(${x}, -88.0))))`,
    reference: (x) => 1 / (1 + Math.exp(-x)),
    accepts: "float",
  },
  erf: { wgsl: (x) => `erf(${x})`, reference: erf, accepts: "float" },
  erfc: { wgsl: (x) => `erfc(${x})`, reference: erfc, accepts: "float" },
  not: {
    wgsl: (x, dtype) => (dtype === "bool" ? `!(${x})` : `~(${x})`),
    reference: (x, dtype) => (dtype === "bool" ? (x ? 0 : 1) : wrap(~x, dtype)),
    accepts: "integer or bool",
  },
};

const comparison = (
  operator: string,
  reference: (a: number, b: number) => boolean,
  accepts: "numeric" | "any",
): BinaryRow => ({
  wgsl: (a, b) => `(${a} ${operator} ${b})`,
  reference: (a, b) => (reference(a, b) ? 1 : 0),
  accepts,
  result: "bool",
});

export const binaryRows: Readonly<Record<BinaryName, BinaryRow>> = {
  add: {
    wgsl: (a, b) => `(${a} + ${b})`,
    reference: (a, b, d) => wrap(a + b, d),
    accepts: "numeric",
    result: "same",
  },
  sub: {
    wgsl: (a, b) => `(${a} - ${b})`,
    reference: (a, b, d) => wrap(a - b, d),
    accepts: "numeric",
    result: "same",
  },
  mul: {
    wgsl: (a, b) => `(${a} * ${b})`,
    reference: (a, b, d) => (d === "i32" || d === "u32" ? wrap(Math.imul(a, b), d) : a * b),
    accepts: "numeric",
    result: "same",
  },
  /** Integers truncate towards zero; an integer divided by 0 stays what it is, as in WGSL. */
  div: {
    wgsl: (a, b) => `(${a} / ${b})`,
    reference: (a, b, d) => (d === "i32" || d === "u32" ? wrap(b === 0 ? a : Math.trunc(a / b), d) : a / b),
    accepts: "numeric",
    result: "same",
  },
  /** The remainder has the sign of the dividend, as in WGSL, C and Math; an integer modulo 0 is 0, as in WGSL. */
  rem: {
    wgsl: (a, b) => `(${a} % ${b})`,
    reference: (a, b, d) => wrap(a % b, d),
    accepts: "numeric",
    result: "same",
  },
  /** a^0 is 1 for every a, where drivers compute exp2(0 * log2(a)). */
  pow: {
    wgsl: (a, b) => `select(pow(${a}, ${b}), 1.0, ${b} == 0.0)`,
    reference: (a, b) => a ** b,
    accepts: "float",
    result: "same",
  },
  minimum: {
    wgsl: (a, b) => `min(${a}, ${b})`,
    reference: (a, b) => Math.min(a, b),
    accepts: "numeric",
    result: "same",
  },
  maximum: {
    wgsl: (a, b) => `max(${a}, ${b})`,
    reference: (a, b) => Math.max(a, b),
    accepts: "numeric",
    result: "same",
  },
  eq: comparison("==", (a, b) => a === b, "any"),
  ne: comparison("!=", (a, b) => a !== b, "any"),
  lt: comparison("<", (a, b) => a < b, "numeric"),
  le: comparison("<=", (a, b) => a <= b, "numeric"),
  gt: comparison(">", (a, b) => a > b, "numeric"),
  ge: comparison(">=", (a, b) => a >= b, "numeric"),
  and: {
    wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} && ${b})` : `(${a} & ${b})`),
    reference: (a, b, dtype) => (dtype === "bool" ? a && b : wrap(a & b, dtype)),
    accepts: "integer or bool",
    result: "same",
  },
  or: {
    wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} || ${b})` : `(${a} | ${b})`),
    reference: (a, b, dtype) => (dtype === "bool" ? a || b : wrap(a | b, dtype)),
    accepts: "integer or bool",
    result: "same",
  },
  xor: {
    wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} != ${b})` : `(${a} ^ ${b})`),
    reference: (a, b, dtype) => (dtype === "bool" ? (a === b ? 0 : 1) : wrap(a ^ b, dtype)),
    accepts: "integer or bool",
    result: "same",
  },
  /** Shift counts are taken modulo 32. */
  shiftLeft: {
    wgsl: (a, b) => `(${a} << (u32(${b}) & 31u))`,
    reference: (a, b, dtype) => wrap(a << (b & 31), dtype),
    accepts: "integer",
    result: "same",
  },
  shiftRight: {
    wgsl: (a, b) => `(${a} >> (u32(${b}) & 31u))`,
    reference: (a, b, dtype) => (dtype === "u32" ? a >>> (b & 31) : a >> (b & 31)),
    accepts: "integer",
    result: "same",
  },
};

export const isUnary = (name: string): name is UnaryName => Object.hasOwn(unaryRows, name);
export const isBinary = (name: string): name is BinaryName => Object.hasOwn(binaryRows, name);
