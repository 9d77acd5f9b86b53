import { type DType, isFloat } from "../../../dtype.js";
import { f32, f64, get, i32, select } from "../module/instructions.js";
import { floats, integers, numbers, type Operation, type OperationOf, plain } from "./operation.js";

/** The one of two integers that the comparison prefers. */
const extreme =
  (float: readonly number[], signed: readonly number[], unsigned: readonly number[]): OperationOf =>
  (dtype) =>
    isFloat(dtype)
      ? plain(float)
      : ([a, b]) => [
          ...get(a!),
          ...get(b!),
          ...get(a!),
          ...get(b!),
          ...(dtype === "u32" ? unsigned : signed),
          ...select,
        ];

const negative: OperationOf = (dtype) =>
  isFloat(dtype) ? plain(f32.neg) : ([x]) => [...i32.const(0), ...get(x!), ...i32.sub];

const absolute: OperationOf = (dtype) => {
  if (isFloat(dtype)) return plain(f32.abs);
  if (dtype === "u32") return ([x]) => get(x!);
  return ([x]) => [
    ...i32.const(0),
    ...get(x!),
    ...i32.sub,
    ...get(x!),
    ...get(x!),
    ...i32.const(0),
    ...i32.lt_s,
    ...select,
  ];
};

const signum: OperationOf = (dtype) => {
  if (dtype === "u32") return ([x]) => [...get(x!), ...i32.const(0), ...i32.ne];
  if (!isFloat(dtype))
    return ([x]) => [
      ...get(x!),
      ...i32.const(0),
      ...i32.gt_s,
      ...get(x!),
      ...i32.const(0),
      ...i32.lt_s,
      ...i32.sub,
    ];
  return ([x]) => [
    ...[...get(x!), ...f32.const(0), ...f32.gt],
    ...[...get(x!), ...f32.const(0), ...f32.lt],
    ...[...i32.sub, ...f32.convert_i32_s],
  ];
};

const inverse: OperationOf = (dtype) =>
  dtype === "bool" ? plain(i32.eqz) : ([x]) => [...get(x!), ...i32.const(-1), ...i32.xor];

/** A divisor that is 1 where it would be 0, so that the quotient is the dividend and the remainder 0. */
const divisor = (b: number): readonly number[] => [...get(b), ...get(b), ...i32.eqz, ...i32.or];

const divided =
  (instruction: readonly number[]): Operation =>
  ([a, b]) => [...get(a!), ...divisor(b!), ...instruction];

/** The instruction for signed integers traps where the quotient of the lowest one and -1 is too large: by -1 a is subtracted from 0. */
const quotient: OperationOf = (dtype) => {
  if (isFloat(dtype)) return plain(f32.div);
  if (dtype === "u32") return divided(i32.div_u);
  return ([a, b]) => {
    const isMinusOne = [...get(b!), ...i32.const(-1), ...i32.eq];
    // 1 - 2 = -1: the divisor is 1 for -1.
    const positive = [...divisor(b!), ...isMinusOne, ...i32.const(1), ...i32.shl, ...i32.add];
    return [
      ...i32.const(0),
      ...get(a!),
      ...i32.sub,
      ...get(a!),
      ...positive,
      ...i32.div_s,
      ...isMinusOne,
      ...select,
    ];
  };
};

/** The size beside infinity. */
const beside =
  (comparison: readonly number[]): OperationOf =>
  () =>
  ([x]) => [...get(x!), ...f32.abs, ...f32.const(Number.POSITIVE_INFINITY), ...comparison];

/** What takes one or a few instructions. Everything else is computed by the operation's reference. */
const table: Readonly<Record<string, OperationOf>> = {
  neg: negative,
  abs: absolute,
  sign: signum,
  floor: floats(f32.floor),
  ceil: floats(f32.ceil),
  trunc: floats(f32.trunc),
  round: floats(f32.nearest),
  sqrt: floats(f32.sqrt),
  not: inverse,
  isnan:
    () =>
    ([x]) => [...get(x!), ...get(x!), ...f32.ne],
  isinf: beside(f32.eq),
  isfinite: beside(f32.lt),
  add: numbers(f32.add, i32.add),
  sub: numbers(f32.sub, i32.sub),
  mul: numbers(f32.mul, i32.mul),
  div: quotient,
  rem: (dtype) => (isFloat(dtype) ? undefined : divided(dtype === "u32" ? i32.rem_u : i32.rem_s)),
  minimum: extreme(f32.min, i32.lt_s, i32.lt_u),
  maximum: extreme(f32.max, i32.gt_s, i32.gt_u),
  eq: numbers(f32.eq, i32.eq),
  ne: numbers(f32.ne, i32.ne),
  lt: numbers(f32.lt, i32.lt_s, i32.lt_u),
  le: numbers(f32.le, i32.le_s, i32.le_u),
  gt: numbers(f32.gt, i32.gt_s, i32.gt_u),
  ge: numbers(f32.ge, i32.ge_s, i32.ge_u),
  and: integers(i32.and),
  or: integers(i32.or),
  xor: integers(i32.xor),
  shiftLeft: integers(i32.shl),
  shiftRight: integers(i32.shr_s, i32.shr_u),
};

/** The instructions of an elementwise operation on operands of a dtype, if it has any. Bools are 0 or 1. */
export const scalarOperation = (op: string, dtype: DType): Operation | undefined =>
  Object.hasOwn(table, op) ? table[op]!(dtype) : undefined;

/** Floats saturate on the way to integers, NaN becomes 0. Halves are rounded where they are stored. */
export function scalarCast(from: DType, to: DType): Operation {
  if (to === "bool")
    return isFloat(from)
      ? ([x]) => [...get(x!), ...f32.const(0), ...f32.ne]
      : ([x]) => [...get(x!), ...i32.const(0), ...i32.ne];
  if (isFloat(from)) {
    if (isFloat(to)) return ([x]) => get(x!);
    return plain(to === "u32" ? i32.trunc_sat_f32_u : i32.trunc_sat_f32_s);
  }
  if (!isFloat(to)) return ([x]) => get(x!);
  return plain(from === "u32" ? f32.convert_i32_u : f32.convert_i32_s);
}

/** A number as the f64 that the reference of an operation takes, and back. */
export const toReference = (dtype: DType): readonly number[] =>
  isFloat(dtype) ? f64.promote_f32 : dtype === "u32" ? f64.convert_i32_u : f64.convert_i32_s;
export const fromReference = (dtype: DType): readonly number[] =>
  isFloat(dtype) ? f32.demote_f64 : dtype === "u32" ? i32.trunc_sat_f64_u : i32.trunc_sat_f64_s;
