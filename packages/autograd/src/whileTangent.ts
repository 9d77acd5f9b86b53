import { type PrimitiveParams, type Tensor, zerosLike } from "@clidim/tensor";
import { applyWhile, closeTogether } from "@clidim/tensor/graph";
import { instantiate } from "./copyOf.js";
import { placeholderLike, type RecordTape, recordTurn, type Tape, type Transform } from "./recordTurn.js";

/** The tangents of a loop's results, given those of its inputs, by a loop of as many turns whose state is the state and its tangent. */
export function pushForwardWhile<T extends Tape>(
  inputs: readonly Tensor[],
  params: PrimitiveParams["whileLoop"],
  tangents: readonly (Tensor | undefined)[],
  record: RecordTape<T>,
  pushForward: Transform<T>,
): (Tensor | undefined)[] {
  const { condition, constants, maxSteps } = params;
  const carries = inputs.length - constants;
  const { places, outputs, active, tape } = recordTurn(
    inputs,
    params,
    carries,
    (k) => tangents[k] !== undefined,
    record,
  );
  const all = [...active.keys()].filter((k) => active[k]);
  const [fixed, states] = [all.filter((k) => k < constants), all.filter((k) => k >= constants)];
  const given = new Map(all.map((k) => [k, placeholderLike(places[k]!)]));
  const pushed = pushForward(
    tape,
    all.map((k) => given.get(k)),
  );
  const [verdict] = instantiate(condition, places);
  const placeholders = [
    ...places.slice(0, constants),
    ...fixed.map((k) => given.get(k)!),
    ...places.slice(constants),
    ...states.map((k) => given.get(k)!),
  ];
  const next = [...outputs, ...states.map((k) => pushed[k - constants] ?? zerosLike(places[k]!))];
  const { graphs, captured } = closeTogether([
    { outputs: [verdict!], placeholders },
    { outputs: next, placeholders },
  ]);
  const tangentOf = (k: number): Tensor => tangents[k] ?? zerosLike(inputs[k]!);
  const results = applyWhile(
    [
      ...captured,
      ...inputs.slice(0, constants),
      ...fixed.map(tangentOf),
      ...inputs.slice(constants),
      ...states.map(tangentOf),
    ],
    {
      condition: graphs[0]!,
      body: graphs[1]!,
      constants: captured.length + constants + fixed.length,
      maxSteps,
    },
  );
  return outputs.map((_, k) => {
    const place = states.indexOf(k + constants);
    return place < 0 ? undefined : results[carries + place];
  });
}
