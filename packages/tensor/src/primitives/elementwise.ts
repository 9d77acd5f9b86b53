import * as binaryTable from "./binaryRows.js";
import type { BinaryRow, UnaryRow } from "./elementwiseRow.js";
import * as unaryTable from "./unaryRows.js";

/** The primitives that compute each element from one of their operand. */
export type UnaryName = keyof typeof unaryTable;
/** The primitives that compute each element from one of each of two operands. */
export type BinaryName = keyof typeof binaryTable;

export const unaryRows: Readonly<Record<UnaryName, UnaryRow>> = unaryTable;
export const binaryRows: Readonly<Record<BinaryName, BinaryRow>> = binaryTable;

export const isUnary = (name: string): name is UnaryName => Object.hasOwn(unaryRows, name);
export const isBinary = (name: string): name is BinaryName => Object.hasOwn(binaryRows, name);
