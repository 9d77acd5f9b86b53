import { type DType, isFloat } from "../../../dtype.js";
import { f32x4, get, i32x4, v128 } from "../module/instructions.js";
import { bitsOf } from "../module/lanes.js";
import { floats, integers, numbers, type Operation, type OperationOf, plain } from "./operation.js";

const ones = i32x4.const([1, 1, 1, 1]);
const float = (value: number): readonly number[] => i32x4.const(new Array<number>(4).fill(bitsOf(value)));

/** The bits of 1 and -1 where x is above or below 0. */
const signum: OperationOf = (dtype) =>
  isFloat(dtype)
    ? ([x]) => [
        ...[...get(x!), ...float(0), ...f32x4.gt, ...float(1), ...v128.and],
        ...[...get(x!), ...float(0), ...f32x4.lt, ...float(-1), ...v128.and],
        ...v128.or,
      ]
    : undefined;

const beside =
  (comparison: readonly number[]): OperationOf =>
  () =>
  ([x]) => [...get(x!), ...f32x4.abs, ...float(Number.POSITIVE_INFINITY), ...comparison];

/** What computes four elements at once. Bools are masks: all bits or none. */
const table: Readonly<Record<string, OperationOf>> = {
  neg: numbers(f32x4.neg, i32x4.neg),
  abs: (dtype) => (dtype === "u32" ? ([x]) => get(x!) : plain(isFloat(dtype) ? f32x4.abs : i32x4.abs)),
  sign: signum,
  floor: floats(f32x4.floor),
  ceil: floats(f32x4.ceil),
  trunc: floats(f32x4.trunc),
  round: floats(f32x4.nearest),
  sqrt: floats(f32x4.sqrt),
  not: integers(v128.not),
  isnan:
    () =>
    ([x]) => [...get(x!), ...get(x!), ...f32x4.ne],
  isinf: beside(f32x4.eq),
  isfinite: beside(f32x4.lt),
  add: numbers(f32x4.add, i32x4.add),
  sub: numbers(f32x4.sub, i32x4.sub),
  mul: numbers(f32x4.mul, i32x4.mul),
  div: floats(f32x4.div),
  minimum: numbers(f32x4.min, i32x4.min_s, i32x4.min_u),
  maximum: numbers(f32x4.max, i32x4.max_s, i32x4.max_u),
  eq: numbers(f32x4.eq, i32x4.eq),
  ne: numbers(f32x4.ne, i32x4.ne),
  lt: numbers(f32x4.lt, i32x4.lt_s, i32x4.lt_u),
  le: numbers(f32x4.le, i32x4.le_s, i32x4.le_u),
  gt: numbers(f32x4.gt, i32x4.gt_s, i32x4.gt_u),
  ge: numbers(f32x4.ge, i32x4.ge_s, i32x4.ge_u),
  and: integers(v128.and),
  or: integers(v128.or),
  xor: integers(v128.xor),
};

/** The instructions of an elementwise operation on four operands each, if it has any. */
export const vectorOperation = (op: string, dtype: DType): Operation | undefined =>
  Object.hasOwn(table, op) ? table[op]!(dtype) : undefined;

/** As `scalarCast`, four at once. */
export function vectorCast(from: DType, to: DType): Operation {
  const same: Operation = ([x]) => get(x!);
  if (to === "bool") {
    if (from === "bool") return same;
    return ([x]) => [...get(x!), ...float(0), ...(isFloat(from) ? f32x4.ne : i32x4.ne)];
  }
  if (from === "bool") return ([x]) => [...get(x!), ...(isFloat(to) ? float(1) : ones), ...v128.and];
  if (isFloat(from)) {
    if (isFloat(to)) return same;
    return plain(to === "u32" ? i32x4.trunc_sat_f32x4_u : i32x4.trunc_sat_f32x4_s);
  }
  if (!isFloat(to)) return same;
  return plain(from === "u32" ? f32x4.convert_i32x4_u : f32x4.convert_i32x4_s);
}
