import type { DType } from "../dtype.js";
import { isFloat } from "../dtype.js";
import { type Aval, formatShape, type Shape } from "../shape.js";

/** What shape rules check, and the words they complain in. */

/** Shape and dtype as messages have them: "f32 [2,3]". */
export const describe = (aval: Aval): string => `${aval.dtype} ${formatShape(aval.shape)}`;

/** What untyped code passed, in a few words. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (isAval(value)) return describe(value);
  if (Array.isArray(value)) return showArray(value, 2);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const { name } = value.constructor;
    return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  }
  const members = Object.keys(value);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** The first entries of an array, and of arrays in it, `depth` levels deep. */
function showArray(values: readonly unknown[], depth: number): string {
  if (depth === 0) return "[...]";
  const entries = values
    .slice(0, 4)
    .map((entry) => (Array.isArray(entry) ? showArray(entry, depth - 1) : show(entry)));
  return `[${entries.join(",")}${values.length > 4 ? ",..." : ""}]`;
}

/** A tensor, or the shape and dtype of one, with float64 values in the interpreter; not what files hold. */
const isAval = (value: unknown): value is Aval =>
  typeof value === "object" &&
  value !== null &&
  "shape" in value &&
  Array.isArray(value.shape) &&
  "dtype" in value &&
  typeof value.dtype === "string" &&
  !("data" in value && ArrayBuffer.isView(value.data) && !(value.data instanceof Float64Array));

/** How to make a tensor of what is none. */
function wrapping(value: unknown, dtype: string): string {
  if (value instanceof Promise) return "; await it first";
  const wrap =
    dtype === "" ? "; wrap it with tensor()" : `; wrap it with tensor(values, { dtype: "${dtype}" })`;
  if (typeof value === "number" || typeof value === "boolean" || ArrayBuffer.isView(value)) {
    return wrap;
  }
  if (Array.isArray(value)) {
    return value.some(isAval) ? "; stack or concat makes one tensor of several" : wrap;
  }
  const isHostTensor = typeof value === "object" && value !== null && "data" in value && "shape" in value;
  return isHostTensor ? "; make a tensor of it: tensor(x.data, x)" : "";
}

/** Throws where untyped code passed something else than a tensor; `dtype` is what it has to have. */
export function expectTensor(op: string, name: string, x: unknown, dtype = ""): void {
  if (!isAval(x)) throw new Error(`${op}: ${name} must be a tensor, got ${show(x)}${wrapping(x, dtype)}`);
}

/** Throws where untyped code passed something else than an array of numbers. */
export function expectNumber(op: string, name: string, value: unknown): void {
  if (typeof value !== "number") throw new Error(`${op}: ${name} must be a number, got ${show(value)}`);
}

export function expectNumbers(op: string, name: string, values: unknown, advice: string): void {
  if (!Array.isArray(values) || values.some((value) => typeof value !== "number")) {
    throw new Error(`${op}: ${name} must be an array of numbers, got ${show(values)}; ${advice}`);
  }
}

/** Throws where untyped code passed something else than one of `choices`. */
export function expectChoice(
  op: string,
  name: string,
  value: unknown,
  choices: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  if (choices.some((choice) => choice === value)) return;
  const listed = choices.map((choice) => `"${choice}"`).join(", ");
  const here = typeof value === "string" && Object.hasOwn(elsewhere, value) ? elsewhere[value] : undefined;
  throw new Error(
    `${op}: ${name} must be one of ${listed}, got ${show(value)}${here ? `; that is "${here}" here` : ""}`,
  );
}

/** What other libraries call options, without underscores and in lower case. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  alpha: ["decay"],
  argnums: ["argument"],
  axis: ["axes"],
  betas: ["beta1", "beta2"],
  dilations: ["dilation"],
  dropoutrate: ["dropout"],
  elementwiseaffine: ["affine"],
  embeddingdim: ["size"],
  eps: ["epsilon"],
  features: ["out"],
  filters: ["out"],
  gamma: ["factor"],
  indims: ["inAxes"],
  hiddensize: ["size"],
  kernelsize: ["kernel"],
  lr: ["learningRate"],
  negativeslope: ["slope"],
  normalizedshape: ["axes"],
  numembeddings: ["count"],
  numgroups: ["groups"],
  numheads: ["heads"],
  numlayers: ["layers"],
  outchannels: ["out"],
  outfeatures: ["out"],
  outdims: ["outAxes"],
  padmode: ["paddingMode"],
  poolsize: ["kernel"],
  rho: ["decay"],
  scalefactor: ["scale"],
  size: ["kernel"],
  stepsize: ["every"],
  strides: ["stride"],
  tmax: ["steps"],
  units: ["out"],
  usebias: ["bias"],
};

/** The options that another library's name may mean here, or one in another spelling. */
function namesFor(name: string, known: readonly string[]): readonly string[] {
  const plain = name.replaceAll("_", "").toLowerCase();
  const same = known.filter((option) => option.toLowerCase() === plain);
  return same.length > 0 ? same : (elsewhere[plain] ?? []).filter((option) => known.includes(option));
}

/** What stands in place of options most often, where there is an option for it. */
function likelyOption(value: unknown, names: readonly string[]): string | undefined {
  const likely =
    typeof value === "string" ? ["dtype"] : typeof value === "boolean" ? ["keepDims", "descending"] : [];
  const name = names.find((known) => likely.includes(known));
  return name && `{ ${name}: ${show(value)} }`;
}

/**
 * Throws where untyped code passed something else than a record of options, or an option that `op` does not have. `example` is what to write in place of
 * what is no record.
 */
export function expectOptions(
  op: string,
  options: unknown,
  names: readonly string[],
  example: string | undefined = likelyOption(options, names),
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options) || "definition" in options) {
    const advice = example ? `; write ${example}` : "";
    throw new Error(`${op}: expected options { ${names.join(", ")} }, got ${show(options)}${advice}`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const here = namesFor(unknown, names);
    throw new Error(
      `${op}: there is no option "${unknown}"; ` +
        (here.length > 0 ? `it is called ${here.join(" and ")} here` : `options are ${names.join(", ")}`),
    );
  }
}

const dtypes: readonly string[] = ["f32", "f16", "i32", "u32", "bool"] satisfies readonly DType[];

/** What NumPy, PyTorch and TensorFlow.js call them. */
const dtypesElsewhere: Readonly<Record<string, DType>> = {
  float32: "f32",
  float: "f32",
  float16: "f16",
  half: "f16",
  int32: "i32",
  int: "i32",
  uint32: "u32",
  boolean: "bool",
};

/** Throws where untyped code passed something else than a dtype. */
export function expectDTypeName(op: string, dtype: unknown): void {
  if (dtypes.some((known) => known === dtype)) return;
  const here = typeof dtype === "string" && Object.hasOwn(dtypesElsewhere, dtype) && dtypesElsewhere[dtype];
  throw new Error(
    `${op}: dtype must be f32, f16, i32, u32 or bool, got ${show(dtype)}${here ? `; write "${here}"` : ""}`,
  );
}

/** The operands as a tuple; throws when their number is not that of `names`. */
export function operands<T extends Aval, const N extends readonly string[]>(
  op: string,
  inputs: readonly T[],
  names: N,
): { readonly [K in keyof N]: T } {
  if (inputs.length !== names.length) {
    const expected = names.length === 0 ? "no operand" : `operands (${names.join(", ")})`;
    throw new Error(`${op}: expected ${expected}, got ${inputs.length}; see PrimitiveParams`);
  }
  for (const [i, x] of inputs.entries()) expectTensor(op, names[i]!, x);
  // The length has just been checked, which a mapped tuple type cannot see.
  return inputs as unknown as { readonly [K in keyof N]: T };
}

/** Every extent is a whole number; one of 0 makes the tensor empty. */
export function expectShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    const advice = typeof shape === "number" ? `; write [${shape}] for one axis, [] for a scalar` : "";
    throw new Error(`${op}: shape must be an array of extents, got ${show(shape)}${advice}`);
  }
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) {
      throw new Error(`${op}: extents must be whole numbers of at least 0, got shape ${formatShape(shape)}`);
    }
  }
}

/** One integer of at least `minimum` per axis. */
export function expectPerAxis(
  op: string,
  name: string,
  values: readonly number[],
  x: Aval,
  minimum: number,
): void {
  if (values.length !== x.shape.length) {
    throw new Error(
      `${op}: ${name} must have one entry per axis (${x.shape.length}), got ${values.length} for x ${formatShape(x.shape)}`,
    );
  }
  for (const value of values) {
    if (!Number.isInteger(value) || value < minimum) {
      throw new Error(
        `${op}: ${name} must be integers of at least ${minimum}, got [${values.join(",")}] for x ${formatShape(x.shape)}`,
      );
    }
  }
}

/** Distinct axes of `x` in ascending order. */
export function expectAxes(op: string, axes: readonly number[], x: Aval): void {
  let previous = -1;
  for (const axis of axes) {
    if (!Number.isInteger(axis) || axis <= previous || axis >= x.shape.length) {
      throw new Error(
        `${op}: axes must ascend within 0 to ${x.shape.length - 1}, got [${axes.join(",")}] for x ${formatShape(x.shape)}`,
      );
    }
    previous = axis;
  }
}

/** Resolves a possibly negative axis; throws `<op>: ...` when it is out of range. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (typeof axis !== "number") {
    const got = axis === undefined ? "none" : show(axis);
    throw new Error(`${op}: expected an axis, a whole number from ${-rank} to ${rank - 1}, got ${got}`);
  }
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new Error(
      `${op}: axis ${axis} is out of range for a tensor of rank ${rank}; use ${-rank} to ${rank - 1}`,
    );
  }
  return resolved;
}

export type Accepts = "float" | "numeric" | "bool" | "integer" | "integer or bool" | "any";

const isInteger = (dtype: DType): boolean => dtype === "i32" || dtype === "u32";

const acceptance: Readonly<Record<Accepts, (dtype: DType) => boolean>> = {
  float: isFloat,
  numeric: (dtype) => dtype !== "bool",
  bool: (dtype) => dtype === "bool",
  integer: isInteger,
  "integer or bool": (dtype) => isInteger(dtype) || dtype === "bool",
  any: () => true,
};

export function expectDType(op: string, name: string, x: Aval, accepts: Accepts): void {
  expectTensor(op, name, x, accepts === "integer" ? "i32" : "");
  if (!acceptance[accepts](x.dtype)) {
    throw new Error(
      `${op}: ${name} must be ${accepts === "float" ? "floating point" : accepts}, got ${describe(x)}; cast first`,
    );
  }
}

export function expectSameDType(op: string, inputs: readonly Aval[]): void {
  for (const other of inputs) {
    expectTensor(op, "each operand", other);
    if (other.dtype !== inputs[0]!.dtype) {
      throw new Error(
        `${op}: operands must have one dtype, got ${inputs.map(describe).join(" and ")}; cast first`,
      );
    }
  }
}

export function expectSameShape(op: string, inputs: readonly Aval[]): void {
  const first = inputs[0]!.shape;
  for (const { shape } of inputs) {
    if (shape.length !== first.length || shape.some((extent, axis) => extent !== first[axis])) {
      throw new Error(
        `${op}: operands must have one shape, got ${inputs.map(describe).join(" and ")}; broadcastTo first`,
      );
    }
  }
}

/** Integers stay in the 32 bits of their dtype, bools are 0 or 1. */
export function expectValue(op: string, value: number, dtype: DType): void {
  if (typeof value !== "number") throw new Error(`${op}: expected a number, got ${show(value)}`);
  const fits =
    dtype === "i32"
      ? value === (value | 0)
      : dtype === "u32"
        ? value === value >>> 0
        : dtype === "bool"
          ? value === 0 || value === 1
          : true;
  if (!fits)
    throw new Error(`${op}: ${value} is not a value of dtype ${dtype}; round it, or choose another dtype`);
}
