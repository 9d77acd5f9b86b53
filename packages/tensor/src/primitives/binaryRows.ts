import { type DType, isFloat } from "../dtype.js";
import type { BinaryRow } from "./elementwiseRow.js";
import { wrap } from "./wrap.js";

// The table of binary primitives: each export is a row, its name the primitive's.

/** `floats` is the WGSL for floats, where a NaN is neither equal to, less nor greater than anything. */
const comparison = (
  operator: string,
  floats: (a: string, b: string) => string,
  reference: (a: number, b: number) => boolean,
  accepts: "numeric" | "any",
): BinaryRow => ({
  wgsl: (a, b, dtype) => (isFloat(dtype) ? floats(a, b) : `(${a} ${operator} ${b})`),
  reference: (a, b) => (reference(a, b) ? 1 : 0),
  accepts,
  result: "bool",
  cost: "simple",
  vectors: false,
});

export const add: BinaryRow = {
  wgsl: (a, b) => `(${a} + ${b})`,
  reference: (a, b, d) => wrap(a + b, d),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

export const sub: BinaryRow = {
  wgsl: (a, b) => `(${a} - ${b})`,
  reference: (a, b, d) => wrap(a - b, d),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

export const mul: BinaryRow = {
  wgsl: (a, b) => `(${a} * ${b})`,
  reference: (a, b, d) => (d === "i32" || d === "u32" ? wrap(Math.imul(a, b), d) : a * b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

/** Integers truncate towards zero; an integer divided by 0 stays what it is, as in WGSL. */
export const div: BinaryRow = {
  wgsl: (a, b) => `(${a} / ${b})`,
  reference: (a, b, d) => (d === "i32" || d === "u32" ? wrap(b === 0 ? a : Math.trunc(a / b), d) : a / b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

/**
 * The remainder has the sign of the dividend, as in WGSL, C and Math; an integer modulo 0 is 0, as in WGSL. That of floats is exact, where WGSL's % rounds
 * the product that it subtracts.
 */
export const rem: BinaryRow = {
  wgsl: (a, b, dtype) => (isFloat(dtype) ? `remainder(${a}, ${b})` : `(${a} % ${b})`),
  reference: (a, b, d) => wrap(a % b, d),
  accepts: "numeric",
  result: "same",
  cost: "transcendental",
  vectors: false,
};

/** IEEE 754's: JavaScript alone has NaN for 1^NaN and for the powers of 1 and -1 to infinity. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}

/** By squaring, with the low 32 bits of what is larger; a negative power is rounded towards zero. */
function integerPower(a: number, b: number, dtype: DType): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
  let [result, square] = [1, a];
  for (let rest = b >>> 0; rest !== 0; rest >>>= 1) {
    if (rest & 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return wrap(result, dtype);
}

export const pow: BinaryRow = {
  wgsl: (a, b, dtype) =>
    `${isFloat(dtype) ? "power" : dtype === "u32" ? "unsignedPower" : "signedPower"}(${a}, ${b})`,
  reference: (a, b, dtype) => (isFloat(dtype) ? power(a, b) : integerPower(a, b, dtype)),
  accepts: "numeric",
  result: "same",
  cost: "transcendental",
  vectors: false,
};

/** NaN where one of them is. */
export const minimum: BinaryRow = {
  wgsl: (a, b, dtype) => `${isFloat(dtype) ? "minimum" : "min"}(${a}, ${b})`,
  reference: (a, b) => Math.min(a, b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: false,
};

/** NaN where one of them is. */
export const maximum: BinaryRow = {
  wgsl: (a, b, dtype) => `${isFloat(dtype) ? "maximum" : "max"}(${a}, ${b})`,
  reference: (a, b) => Math.max(a, b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: false,
};

export const eq: BinaryRow = comparison(
  "==",
  (a, b) => `equal(${a}, ${b})`,
  (a, b) => a === b,
  "any",
);

export const ne: BinaryRow = comparison(
  "!=",
  (a, b) => `notEqual(${a}, ${b})`,
  (a, b) => a !== b,
  "any",
);

export const lt: BinaryRow = comparison(
  "<",
  (a, b) => `less(${a}, ${b})`,
  (a, b) => a < b,
  "numeric",
);

export const le: BinaryRow = comparison(
  "<=",
  (a, b) => `lessEqual(${a}, ${b})`,
  (a, b) => a <= b,
  "numeric",
);

export const gt: BinaryRow = comparison(
  ">",
  (a, b) => `less(${b}, ${a})`,
  (a, b) => a > b,
  "numeric",
);

export const ge: BinaryRow = comparison(
  ">=",
  (a, b) => `lessEqual(${b}, ${a})`,
  (a, b) => a >= b,
  "numeric",
);

export const and: BinaryRow = {
  wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} && ${b})` : `(${a} & ${b})`),
  reference: (a, b, dtype) => (dtype === "bool" ? a && b : wrap(a & b, dtype)),
  accepts: "integer or bool",
  result: "same",
  cost: "simple",
  vectors: false,
};

export const or: BinaryRow = {
  wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} || ${b})` : `(${a} | ${b})`),
  reference: (a, b, dtype) => (dtype === "bool" ? a || b : wrap(a | b, dtype)),
  accepts: "integer or bool",
  result: "same",
  cost: "simple",
  vectors: false,
};

export const xor: BinaryRow = {
  wgsl: (a, b, dtype) => (dtype === "bool" ? `(${a} != ${b})` : `(${a} ^ ${b})`),
  reference: (a, b, dtype) => (dtype === "bool" ? (a === b ? 0 : 1) : wrap(a ^ b, dtype)),
  accepts: "integer or bool",
  result: "same",
  cost: "simple",
  vectors: false,
};

/** Shift counts are taken modulo 32. */
export const shiftLeft: BinaryRow = {
  wgsl: (a, b) => `(${a} << (u32(${b}) & 31u))`,
  reference: (a, b, dtype) => wrap(a << (b & 31), dtype),
  accepts: "integer",
  result: "same",
  cost: "simple",
  vectors: false,
};

export const shiftRight: BinaryRow = {
  wgsl: (a, b) => `(${a} >> (u32(${b}) & 31u))`,
  reference: (a, b, dtype) => (dtype === "u32" ? a >>> (b & 31) : a >> (b & 31)),
  accepts: "integer",
  result: "same",
  cost: "simple",
  vectors: false,
};
