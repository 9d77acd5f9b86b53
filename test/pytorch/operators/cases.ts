import { readFileSync } from "node:fs";
import { type DType, type Shape, type Tensor, tensor } from "@clidim/tensor";
import { operations } from "./operations.js";
import type { Options } from "./options.js";

// What write.py has written.

/** A number; JSON has neither NaN nor infinity. */
export type Value = number | boolean | "NaN" | "Infinity" | "-Infinity";

export interface Result {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: readonly Value[];
}

/** What PyTorch computes for one sample; the fixture's script says what the members are. */
export interface Case {
  readonly op: string;
  readonly sample?: string;
  readonly inputs: readonly string[];
  readonly options: Options;
  readonly results: readonly Result[];
  readonly gradients: readonly (readonly Value[] | null)[];
}

const lines = readFileSync(new URL("../../fixtures/operators.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const parsed = lines.map((line): (Result & { readonly input: string }) | Case => JSON.parse(line));
const given = new Map(parsed.flatMap((line) => ("input" in line ? [[line.input, line] as const] : [])));
export const cases: readonly Case[] = parsed.flatMap((line) => ("op" in line ? [line] : []));

export const numbers = (values: readonly Value[]): number[] => values.map(Number);
export const nameOf = ({ op, sample }: Case): string => (sample ? `${op}, ${sample}` : op);

export const inputsOf = (sample: Case): Tensor[] =>
  sample.inputs.map((input) => {
    const { values, shape, dtype } = given.get(input)!;
    return tensor(numbers(values), { shape, dtype });
  });

/** The operation of a sample on other operands, of one result or several. */
export const compute = (sample: Case, operands: readonly Tensor[]): readonly Tensor[] =>
  [operations[sample.op]!(operands, sample.options)].flat();
