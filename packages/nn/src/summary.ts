import {
  type DType,
  flatten,
  formatShape,
  input,
  key,
  type Shape,
  sizeOf,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { checkOptions, oneOf } from "./checkOptions.js";
import type { AnyLayer, Observation } from "./layer.js";
import { expectLayer } from "./layers/checkedLayer.js";
import { child } from "./layers/child.js";
import { countMacs } from "./macs.js";
import { mapLeaves } from "./mapLeaves.js";
import { traced } from "./traced.js";

export interface SummaryRow {
  /** Names of the layers from the outside in, joined by dots; the kind for a model that is a single layer. */
  readonly path: string;
  readonly kind: string;
  readonly outputShape: Shape;
  /** Number of trained values. */
  readonly parameters: number;
  /** Multiply-accumulate operations of the matrix products and convolutions of one forward pass. */
  readonly macs: number;
}

export interface Summary {
  /** One per layer that is not made of others, in the order of execution; a layer that is applied twice stands twice. */
  readonly rows: readonly SummaryRow[];
  /** Of the whole model: each trained value once, and those of layers that are made of others too. */
  readonly parameters: number;
  /** Of the whole model, with what stands between its layers. */
  readonly macs: number;
  /** All of it as a table in plain text. */
  readonly table: string;
}

export interface SummaryOptions {
  /** Of the input. Default f32, or i32 for a model that refuses floats: one that starts with an embedding. */
  readonly dtype?: DType;
}

const sizeOfTree = (tree: Tree<Tensor>): number =>
  flatten(tree).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);

const grouped = (value: number): string => value.toLocaleString("en-US");

function tableOf(rows: readonly SummaryRow[], totals: readonly [number, number]): string {
  const lines = [
    ["layer", "kind", "output", "parameters", "MACs"],
    ...rows.map(({ path, kind, outputShape, parameters, macs }) => [
      path,
      kind,
      formatShape(outputShape),
      grouped(parameters),
      grouped(macs),
    ]),
    ["total", "", "", grouped(totals[0]), grouped(totals[1])],
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
  return [text[0], rule, ...text.slice(1, -1), rule, text.at(-1)].join("\n");
}

/**
 * What a model does to an input of `inputShape` (batch included), layer by layer. Nothing is computed: the model is traced with
 * placeholders.
 */
export function summary(model: AnyLayer, inputShape: Shape, options: SummaryOptions = {}): Summary {
  checkOptions("summary", options, { dtype: oneOf("f32", "f16", "i32", "u32", "bool") });
  expectLayer("summary", "the model", model);
  // Placeholders, so that drawing the parameters is no part of the model.
  const variables = mapLeaves((leaf) => input(leaf.shape, leaf.dtype), model.init(key(0), inputShape));

  const observe = (x: Tensor): readonly Observation[] => {
    const observations: Observation[] = [];
    child(model.kind, 0, model).apply(variables, x, {
      train: false,
      observe: (observation) => observations.push(observation),
    });
    return observations;
  };
  const { dtype } = options;
  const seen = dtype ? observe(input(inputShape, dtype)) : traced(inputShape, observe);
  // The model itself comes last, as `kind`, and everything inside it below that name.
  const inner = seen.length > 1 ? seen.slice(0, -1) : seen;
  const rows = inner
    .filter(({ path }) => !inner.some((other) => other.path.startsWith(`${path}.`)))
    .map(({ path, kind, input: x, output, params: own }) => ({
      path: seen.length > 1 ? path.slice(model.kind.length + 1) : path,
      kind,
      outputShape: output.shape,
      // A tree of tensors, as every layer's parameters are.
      parameters: sizeOfTree(own as Tree<Tensor>),
      macs: countMacs([output], x),
    }));

  // Trees of tensors, both.
  const parameters = sizeOfTree(variables.params as Tree<Tensor>);
  const { input: x, output } = seen.at(-1)!;
  const macs = countMacs(flatten(output as Tree<Tensor>).leaves, x);
  return { rows, parameters, macs, table: tableOf(rows, [parameters, macs]) };
}
