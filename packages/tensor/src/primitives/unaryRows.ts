import { isFloat } from "../dtype.js";
import type { UnaryRow } from "./elementwiseRow.js";
import { erfc as erfcReference, erf as erfReference } from "./erf.js";
import { wrap } from "./wrap.js";

// The table of unary primitives: each export is a row, its name the primitive's.

const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

/** WGSL has no negation of u32. */
export const neg: UnaryRow = {
  wgsl: (x, dtype) => (dtype === "u32" ? `(~(${x}) + 1u)` : `-(${x})`),
  reference: (x, d) => wrap(-x, d),
  accepts: "numeric",
  cost: "simple",
  vectors: true,
};

export const abs: UnaryRow = {
  wgsl: (x) => `abs(${x})`,
  reference: (x, d) => wrap(Math.abs(x), d),
  accepts: "numeric",
  cost: "simple",
  vectors: true,
};

/** That of NaN is 0, as in PyTorch. */
export const sign: UnaryRow = {
  wgsl: (x, dtype) => (isFloat(dtype) ? `signOf(${x})` : dtype === "u32" ? `min(${x}, 1u)` : `sign(${x})`),
  reference: (x) => (Number.isNaN(x) ? 0 : Math.sign(x)),
  accepts: "numeric",
  cost: "simple",
  vectors: false,
};

export const floor: UnaryRow = {
  wgsl: (x) => `floor(${x})`,
  reference: Math.floor,
  accepts: "float",
  cost: "simple",
  vectors: true,
};

export const ceil: UnaryRow = {
  wgsl: (x) => `ceil(${x})`,
  reference: Math.ceil,
  accepts: "float",
  cost: "simple",
  vectors: true,
};

/** Towards zero. */
export const trunc: UnaryRow = {
  wgsl: (x) => `trunc(${x})`,
  reference: Math.trunc,
  accepts: "float",
  cost: "simple",
  vectors: true,
};

/** Halves go to the even neighbour, as in WGSL and NumPy. */
export const round: UnaryRow = {
  wgsl: (x) => `round(${x})`,
  reference: roundHalfToEven,
  accepts: "float",
  cost: "simple",
  vectors: true,
};

export const sqrt: UnaryRow = {
  wgsl: (x) => `sqrt(${x})`,
  reference: Math.sqrt,
  accepts: "float",
  cost: "simple",
  vectors: true,
};

export const exp: UnaryRow = {
  wgsl: (x) => `exp(${x})`,
  reference: Math.exp,
  accepts: "float",
  cost: "transcendental",
  vectors: true,
};

export const expm1: UnaryRow = {
  wgsl: (x) => `expMinusOne(${x})`,
  reference: Math.expm1,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const log: UnaryRow = {
  wgsl: (x) => `log(${x})`,
  reference: Math.log,
  accepts: "float",
  cost: "transcendental",
  vectors: true,
};

export const log2: UnaryRow = {
  wgsl: (x) => `log2(${x})`,
  reference: Math.log2,
  accepts: "float",
  cost: "transcendental",
  vectors: true,
};

export const sin: UnaryRow = {
  wgsl: (x) => `sine(${x})`,
  reference: Math.sin,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const cos: UnaryRow = {
  wgsl: (x) => `cosine(${x})`,
  reference: Math.cos,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const asin: UnaryRow = {
  wgsl: (x) => `arcsine(${x})`,
  reference: Math.asin,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const acos: UnaryRow = {
  wgsl: (x) => `arccosine(${x})`,
  reference: Math.acos,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const atan: UnaryRow = {
  wgsl: (x) => `arctangent(${x})`,
  reference: Math.atan,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const tanh: UnaryRow = {
  wgsl: (x) => `hyperbolicTangent(${x})`,
  reference: Math.tanh,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const sigmoid: UnaryRow = {
  wgsl: (x) => `logistic(${x})`,
  reference: (x) => 1 / (1 + Math.exp(-x)),
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const erf: UnaryRow = {
  wgsl: (x) => `erf(${x})`,
  reference: erfReference,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const erfc: UnaryRow = {
  wgsl: (x) => `erfc(${x})`,
  reference: erfcReference,
  accepts: "float",
  cost: "transcendental",
  vectors: false,
};

export const not: UnaryRow = {
  wgsl: (x, dtype) => (dtype === "bool" ? `!(${x})` : `~(${x})`),
  reference: (x, dtype) => (dtype === "bool" ? (x ? 0 : 1) : wrap(~x, dtype)),
  accepts: "integer or bool",
  cost: "simple",
  vectors: false,
};

const classification = (name: string, reference: (x: number) => boolean): UnaryRow => ({
  wgsl: (x) => `${name}(${x})`,
  reference: (x) => (reference(x) ? 1 : 0),
  accepts: "float",
  result: "bool",
  cost: "simple",
  vectors: false,
});

export const isnan: UnaryRow = classification("isnan", Number.isNaN);

export const isinf: UnaryRow = classification(
  "isinf",
  (x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY,
);

export const isfinite: UnaryRow = classification("isfinite", Number.isFinite);
