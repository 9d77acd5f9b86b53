import { input, isFloat, type PrimitiveParams, type Tensor, zerosLike } from "@clidim/tensor";
import { applyCond, closeBranches } from "@clidim/tensor/graph";
import { instantiate } from "./copyOf.js";
import { placeholderLike, type RecordTape, spreadOut, type Tape, type Transform } from "./recordTurn.js";

type Cond = PrimitiveParams["cond"];

/** A branch of a derivative: what it is given, beside the operands, and what it returns, undefined for zero. */
interface Derived {
  readonly places: readonly Tensor[];
  readonly given: readonly Tensor[];
  readonly results: readonly (Tensor | undefined)[];
}

/**
 * A choice between derivatives: of each branch, `derive` makes one of its operands and its outputs. The branch is computed again inside, so that one which is not taken is not there at all. A result that no branch has
 * is undefined.
 */
function derivedCond(
  [index, ...operands]: readonly Tensor[],
  { branches }: Cond,
  given: readonly Tensor[],
  derive: (places: readonly Tensor[], outputs: readonly Tensor[]) => Omit<Derived, "places">,
): (Tensor | undefined)[] {
  const mark = input([], "bool").id;
  const derived = branches.map((branch): Derived => {
    const places = branch.inputs.map((id) => placeholderLike(branch.nodes[id]!));
    return { places, ...derive(places, instantiate(branch, places)) };
  });
  const like = derived[0]!.results.map((_, k) =>
    derived.map(({ results }) => results[k]).find((result) => result !== undefined),
  );
  const wanted = [...like.keys()].filter((k) => like[k]);
  if (wanted.length === 0) return like;
  const { graphs, captured } = closeBranches(
    derived.map((branch) => ({
      outputs: wanted.map((k) => branch.results[k] ?? zerosLike(like[k]!)),
      placeholders: [...branch.places, ...branch.given],
    })),
    mark,
  );
  const results = applyCond([index!, ...captured, ...operands, ...given], { branches: graphs });
  return like.map((_, k) => results[wanted.indexOf(k)]);
}

/** The gradients of a choice's inputs, given those of its results: those of the branch that was taken. */
export function pullBackCond<T extends Tape>(
  inputs: readonly Tensor[],
  params: Cond,
  cotangents: readonly (Tensor | undefined)[],
  isActive: (input: Tensor) => boolean,
  record: RecordTape<T>,
  pullBack: Transform<T>,
): (Tensor | undefined)[] {
  const active = inputs.slice(1).map((operand) => isFloat(operand.dtype) && isActive(operand));
  const known = cotangents.filter((cotangent) => cotangent !== undefined);
  const gradients = derivedCond(inputs, params, known, (places, outputs) => {
    const given = cotangents.map((cotangent) => cotangent && placeholderLike(cotangent));
    const tape = record(
      places.filter((_, k) => active[k]),
      outputs,
    );
    return {
      given: given.filter((place) => place !== undefined),
      results: spreadOut(pullBack(tape, given), active),
    };
  });
  return [undefined, ...gradients];
}

/** The tangents of a choice's results, given those of its inputs: those of the branch that was taken. */
export function pushForwardCond<T extends Tape>(
  inputs: readonly Tensor[],
  params: Cond,
  tangents: readonly (Tensor | undefined)[],
  record: RecordTape<T>,
  pushForward: Transform<T>,
): (Tensor | undefined)[] {
  const ofOperands = tangents.slice(1);
  const known = ofOperands.filter((tangent) => tangent !== undefined);
  return derivedCond(inputs, params, known, (places, outputs) => {
    const given = known.map(placeholderLike);
    const tape = record(
      places.filter((_, k) => ofOperands[k]),
      outputs,
    );
    return { given, results: pushForward(tape, given) };
  });
}
