import type { Definition } from "@clidim/tensor";

/** A program that is differentiated with its results: what it computes of them follows from its graphs. */
export type DifferentiatedProgram = Extract<Definition, { readonly op: "scan" | "cond" | "whileLoop" }>;

export const isDifferentiated = (definition: Definition): definition is DifferentiatedProgram =>
  definition.op === "scan" || definition.op === "cond" || definition.op === "whileLoop";

/** The nodes of the results, in the graph that computes them. */
export const outputsOf = ({ op, params }: DifferentiatedProgram): readonly number[] =>
  op === "cond" ? params.branches[0]!.outputs : params.body.outputs;
