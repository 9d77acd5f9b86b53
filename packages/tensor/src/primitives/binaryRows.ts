import type { BinaryRow } from "./elementwiseRow.js";
import { wrap } from "./wrap.js";

// The table of binary primitives: each export is a row, its name the primitive's.

const comparison = (
  operator: string,
  reference: (a: number, b: number) => boolean,
  accepts: "numeric" | "any",
): BinaryRow => ({
  wgsl: (a, b) => `(${a} ${operator} ${b})`,
  reference: (a, b) => (reference(a, b) ? 1 : 0),
  accepts,
  result: "bool",
  cost: "simple",
  vectors: true,
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

/** The remainder has the sign of the dividend, as in WGSL, C and Math; an integer modulo 0 is 0, as in WGSL. */
export const rem: BinaryRow = {
  wgsl: (a, b) => `(${a} % ${b})`,
  reference: (a, b, d) => wrap(a % b, d),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

/** a^0 is 1 for every a, where drivers compute exp2(0 * log2(a)). */
export const pow: BinaryRow = {
  wgsl: (a, b) => `select(pow(${a}, ${b}), 1.0, ${b} == 0.0)`,
  reference: (a, b) => a ** b,
  accepts: "float",
  result: "same",
  cost: "transcendental",
  vectors: false,
};

export const minimum: BinaryRow = {
  wgsl: (a, b) => `min(${a}, ${b})`,
  reference: (a, b) => Math.min(a, b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

export const maximum: BinaryRow = {
  wgsl: (a, b) => `max(${a}, ${b})`,
  reference: (a, b) => Math.max(a, b),
  accepts: "numeric",
  result: "same",
  cost: "simple",
  vectors: true,
};

export const eq: BinaryRow = comparison("==", (a, b) => a === b, "any");

export const ne: BinaryRow = comparison("!=", (a, b) => a !== b, "any");

export const lt: BinaryRow = comparison("<", (a, b) => a < b, "numeric");

export const le: BinaryRow = comparison("<=", (a, b) => a <= b, "numeric");

export const gt: BinaryRow = comparison(">", (a, b) => a > b, "numeric");

export const ge: BinaryRow = comparison(">=", (a, b) => a >= b, "numeric");

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
