import type { Condition, Expression } from "../../fusion/expression.js";
import { get, i32, i32x4, select } from "../module/instructions.js";

type IntegerOperation = (Expression & { kind: "integer" })["code"];

/** Pushes whether a condition holds, and with what is on the stack if it is not the first. */
export function conditionCode(
  { low, high, modulus }: Condition,
  value: number,
  isFurther: boolean,
): readonly number[] {
  const tests = [
    ...(low === undefined ? [] : [[...get(value), ...i32.const(low), ...i32.ge_s]]),
    ...(high === undefined ? [] : [[...get(value), ...i32.const(high), ...i32.lt_s]]),
    ...(modulus === undefined ? [] : [[...get(value), ...i32.const(modulus), ...i32.rem_s, ...i32.eqz]]),
  ];
  return tests.flatMap((test, k) => [...test, ...(k > 0 || isFurther ? i32.and : [])]);
}

/** The larger or smaller of the top of the stack and a number, by a local. */
export function integerCode(
  code: IntegerOperation,
  operand: number,
  [first, last]: readonly number[],
): readonly number[] {
  switch (code) {
    case "divide":
      return [...get(operand), ...i32.const(first!), ...i32.div_s];
    case "clamp": {
      // 0 where the operand is negative, else the smaller of it and the last.
      const within = [
        ...get(operand),
        ...i32.const(last!),
        ...get(operand),
        ...i32.const(last!),
        ...i32.lt_s,
        ...select,
      ];
      return [...i32.const(0), ...within, ...get(operand), ...i32.const(0), ...i32.lt_s, ...select];
    }
    case "mirror": {
      // last - |last - |x||
      const magnitude = absolute([...get(operand)]);
      return [...i32.const(last!), ...absolute([...i32.const(last!), ...magnitude, ...i32.sub]), ...i32.sub];
    }
    default:
      throw new Error(`unknown integer operation ${code satisfies never}`);
  }
}

/** |x| of an i32 that is cheap to compute again. */
const absolute = (x: readonly number[]): readonly number[] => [
  ...x,
  ...[...i32.const(0), ...x, ...i32.sub],
  ...[...x, ...i32.const(0), ...i32.ge_s],
  ...select,
];

/** The same of four, by a local; four are not divided at once. */
export function vectorIntegerCode(
  code: Exclude<IntegerOperation, "divide">,
  operand: number,
  [, last]: readonly number[],
): readonly number[] {
  const lasts = i32x4.const([last!, last!, last!, last!]);
  switch (code) {
    case "clamp":
      return [...get(operand), ...i32x4.const([0, 0, 0, 0]), ...i32x4.max_s, ...lasts, ...i32x4.min_s];
    case "mirror":
      return [...lasts, ...lasts, ...get(operand), ...i32x4.abs, ...i32x4.sub, ...i32x4.abs, ...i32x4.sub];
    default:
      throw new Error(`unknown integer operation ${code satisfies never}`);
  }
}
