import { type DType, isFloat } from "../../../dtype.js";
import { get } from "../module/instructions.js";

/** Instructions that compute an operation from operands in locals and leave it on the stack. */
export type Operation = (operands: readonly number[]) => readonly number[];

/** The operation on operands of a dtype, if there are instructions for it. */
export type OperationOf = (dtype: DType) => Operation | undefined;

/** All operands, then an instruction. */
export const plain =
  (instruction: readonly number[]): Operation =>
  (operands) => [...operands.flatMap((operand) => get(operand)), ...instruction];

export const floats =
  (instruction: readonly number[]): OperationOf =>
  (dtype) =>
    isFloat(dtype) ? plain(instruction) : undefined;

/** One instruction each for floats, i32 and u32; bools are integers. */
export const numbers =
  (float: readonly number[], signed: readonly number[], unsigned: readonly number[] = signed): OperationOf =>
  (dtype) =>
    plain(isFloat(dtype) ? float : dtype === "u32" ? unsigned : signed);

export const integers =
  (signed: readonly number[], unsigned: readonly number[] = signed): OperationOf =>
  (dtype) =>
    isFloat(dtype) ? undefined : plain(dtype === "u32" ? unsigned : signed);
