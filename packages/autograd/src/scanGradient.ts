import { add, type PrimitiveParams, type Tensor, zerosLike } from "@clidim/tensor";
import { applyScan, closeOver, reach } from "@clidim/tensor/graph";
import {
  placeholderLike,
  type RecordTape,
  recordTurn,
  spreadOut,
  type Tape,
  type Transform,
  type Turn,
} from "./recordTurn.js";

type Scan = PrimitiveParams["scan"];

/**
 * The gradients of a scan's inputs, given those of its results: a scan over the turns in the opposite order, whose state is the gradient of the state, and the sums of the
 * gradients of what is the same in every turn. `isActive` tells which inputs have a gradient at all.
 */
export function pullBackScan<T extends Tape>(
  inputs: readonly Tensor[],
  params: Scan,
  cotangents: readonly (Tensor | undefined)[],
  isActive: (input: Tensor) => boolean,
  record: RecordTape<T>,
  pullBack: Transform<T>,
): (Tensor | undefined)[] {
  const { constants, carries } = params;
  const firstX = constants + carries;
  const turn = recordTurn(inputs, params, params.carries, (k) => isActive(inputs[k]!), record);
  const { places, outputs, active, tape } = turn;
  const given = outputs.map((output, k) => {
    const isUsed =
      k < carries ? active[constants + k] : cotangents[k] !== undefined && tape.active.has(output);
    return isUsed ? placeholderLike(output) : undefined;
  });
  const gradients = spreadOut(pullBack(tape, given), active);

  // Positions among the inputs: the states that are active, and of the others those with a gradient.
  const all = [...active.keys()];
  const states = all.filter((k) => k >= constants && k < firstX && active[k]);
  const summed = all.filter((k) => k < constants && gradients[k]);
  const stacked = all.filter((k) => k >= firstX && gradients[k]);
  const sums = summed.map((k) => placeholderLike(places[k]!));
  const derived = derivedScan(
    turn,
    {
      fixed: [],
      carried: [
        ...states.map((k): Placed => {
          const output = k - constants;
          return { place: given[output]!, value: cotangents[output] ?? zerosLike(inputs[k]!) };
        }),
        ...sums.map((sum): Placed => ({ place: sum, value: zerosLike(sum) })),
      ],
      stacked: [...given.keys()]
        .filter((k) => k >= carries && given[k])
        .map((k) => ({ place: given[k]!, value: cotangents[k]! })),
    },
    [
      ...states.map((k) => gradients[k] ?? zerosLike(places[k]!)),
      ...summed.map((k, i) => add(sums[i]!, gradients[k]!)),
      ...stacked.map((k) => gradients[k]!),
    ],
    !params.reverse,
  );
  const found = new Map([...states, ...summed, ...stacked].map((k, i) => [k, derived[i]]));
  return inputs.map((_, k) => found.get(k));
}

/** The tangents of a scan's results, given those of its inputs, by a scan in the same order whose state is the tangent of the state. */
export function pushForwardScan<T extends Tape>(
  inputs: readonly Tensor[],
  params: Scan,
  tangents: readonly (Tensor | undefined)[],
  record: RecordTape<T>,
  pushForward: Transform<T>,
): (Tensor | undefined)[] {
  const { constants, carries } = params;
  const firstX = constants + carries;
  const turn = recordTurn(inputs, params, params.carries, (k) => tangents[k] !== undefined, record);
  const { places, outputs, active, tape } = turn;
  const all = [...active.keys()].filter((k) => active[k]);
  const given = new Map(
    all.map((k): [number, Placed] => [
      k,
      { place: placeholderLike(places[k]!), value: tangents[k] ?? zerosLike(inputs[k]!) },
    ]),
  );
  const pushed = pushForward(
    tape,
    all.map((k) => given.get(k)!.place),
  );
  const states = all.filter((k) => k >= constants && k < firstX);
  const ys = [...outputs.keys()].filter((k) => k >= carries && pushed[k]);
  const derived = derivedScan(
    turn,
    {
      fixed: all.filter((k) => k < constants).map((k) => given.get(k)!),
      carried: states.map((k) => given.get(k)!),
      stacked: all.filter((k) => k >= firstX).map((k) => given.get(k)!),
    },
    [...states.map((k) => pushed[k - constants] ?? zerosLike(places[k]!)), ...ys.map((k) => pushed[k]!)],
    params.reverse,
  );
  const found = new Map([...states.map((k) => k - constants), ...ys].map((k, i) => [k, derived[i]]));
  return outputs.map((_, k) => found.get(k));
}

/** A placeholder in a turn, and what it stands for. */
interface Placed {
  readonly place: Tensor;
  readonly value: Tensor;
}

/**
 * A scan beside another one: `results` of each turn, the next `carried` first, are computed from the placeholders in `given` and from the turn. What that needs of each turn is stacked by another scan through
 * the same states, which the compiler joins with the function's own.
 */
function derivedScan<T extends Tape>(
  turn: Turn<T, Scan>,
  given: Readonly<Record<"fixed" | "carried" | "stacked", readonly Placed[]>>,
  results: readonly Tensor[],
  reverse: boolean,
): Tensor[] {
  if (results.length === 0) return [];
  const { inputs, places, params, mark } = turn;
  const firstX = params.constants + params.carries;
  const needed = neededOf(results, mark, new Set(places.slice(0, params.constants)));
  const ofInput = (place: Tensor): Placed => ({ place, value: inputs[places.indexOf(place)]! });
  const kept = needed.turns.filter((value) => places.indexOf(value) < firstX);
  const stackedKept = stackKept(turn, kept);
  const fixed = [...needed.fixed.map(ofInput), ...given.fixed];
  const all = [
    ...fixed,
    ...given.carried,
    ...given.stacked,
    ...kept.map((place, k): Placed => ({ place, value: stackedKept[k]! })),
    ...needed.turns.filter((value) => places.indexOf(value) >= firstX).map(ofInput),
  ];
  const { graph, captured } = closeOver(
    results,
    all.map(({ place }) => place),
  );
  return applyScan([...captured, ...all.map(({ value }) => value)], {
    body: graph,
    constants: captured.length + fixed.length,
    carries: given.carried.length,
    length: params.length,
    reverse,
  });
}

/** What moves or repeats elements and computes nothing. */
const movers: ReadonlySet<string> = new Set(["broadcast", "reshape", "transpose"]);

/**
 * What the derivative of a turn needs from outside: of what is the same in every turn, which is `fixed`, those that it uses; and of the turn itself, whose values are older than
 * `mark`, those from which it computes the rest.
 */
function neededOf(
  results: readonly Tensor[],
  mark: number,
  fixed: ReadonlySet<Tensor>,
): { readonly fixed: Tensor[]; readonly turns: Tensor[] } {
  const ofTurn = new Set<Tensor>();
  for (const tensor of reach(results)) {
    const { op, inputs } = tensor.definition;
    const isPlace = op === "input" && !fixed.has(tensor);
    if (tensor.id < mark && (isPlace || inputs.some((input) => ofTurn.has(input)))) ofTurn.add(tensor);
  }
  const isNeeded = (tensor: Tensor): boolean =>
    fixed.has(tensor) || (ofTurn.has(tensor) && !movers.has(tensor.definition.op));
  const needed = reach(results, (tensor) => (isNeeded(tensor) ? [] : tensor.definition.inputs)).filter(
    isNeeded,
  );
  return {
    fixed: needed.filter((tensor) => fixed.has(tensor)),
    turns: needed.filter((tensor) => !fixed.has(tensor)),
  };
}

/** Values of every turn, stacked, by a scan that goes through the same states. */
function stackKept<T extends Tape>(
  { inputs, params, places, outputs }: Turn<T, Scan>,
  kept: readonly Tensor[],
): Tensor[] {
  if (kept.length === 0) return [];
  const { graph, captured } = closeOver([...outputs, ...kept], places);
  return applyScan([...captured, ...inputs], {
    ...params,
    body: graph,
    constants: captured.length + params.constants,
  }).slice(outputs.length);
}
