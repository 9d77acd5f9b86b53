import { input, isFloat, type Tensor } from "@clidim/tensor";
import type { Graph } from "@clidim/tensor/graph";
import { instantiate } from "./copyOf.js";

/** How what lies between tensors is recorded and differentiated; the tape stands above. */
export type Tape = { readonly active: ReadonlySet<Tensor> };
export type RecordTape<T extends Tape> = (inputs: readonly Tensor[], outputs: readonly Tensor[]) => T;
export type Transform<T extends Tape> = (
  tape: T,
  given: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

/** What a loop repeats: a graph of values that are the same in every turn, states, and more. */
interface Repeated {
  readonly body: Graph;
  readonly constants: number;
}

/** One turn of a loop, with placeholders for its inputs. */
export interface Turn<T extends Tape, Params extends Repeated> {
  readonly inputs: readonly Tensor[];
  readonly params: Params;
  readonly places: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Which inputs are differentiated: a state that depends on what is active is active itself from the next turn on. */
  readonly active: readonly boolean[];
  readonly tape: T;
  /** What is made later belongs to the derivative. */
  readonly mark: number;
}

/** A turn of a loop with so many `carries`; `isActive` tells which of the inputs are differentiated from the first turn on. */
export function recordTurn<T extends Tape, Params extends Repeated>(
  inputs: readonly Tensor[],
  params: Params,
  carries: number,
  isActive: (position: number) => boolean,
  record: RecordTape<T>,
): Turn<T, Params> {
  const { body, constants } = params;
  const places = body.inputs.map((id) => placeholderLike(body.nodes[id]!));
  const outputs = instantiate(body, places);
  const active = inputs.map((value, k) => isFloat(value.dtype) && isActive(k));
  for (;;) {
    const chosen = places.filter((_, k) => active[k]);
    const tape = record(chosen, outputs);
    const found = outputs.slice(0, carries).flatMap((output, k) => {
      const position = constants + k;
      return tape.active.has(output) && !active[position] ? [position] : [];
    });
    if (found.length === 0) {
      return { inputs, params, places, outputs, active, tape, mark: input([], "f32").id };
    }
    for (const position of found) active[position] = true;
  }
}

/** The values of all positions, given those of the active ones in order. */
export function spreadOut(
  values: readonly (Tensor | undefined)[],
  active: readonly boolean[],
): (Tensor | undefined)[] {
  let next = 0;
  return active.map((isOne) => (isOne ? values[next++] : undefined));
}

/** A placeholder for a value like another one. */
export const placeholderLike = ({ shape, dtype }: Pick<Tensor, "shape" | "dtype">): Tensor =>
  input(shape, dtype);
