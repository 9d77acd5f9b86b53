import {
  any,
  broadcastTo,
  cast,
  input,
  le,
  moveAxis,
  type PrimitiveParams,
  reshape,
  type Shape,
  type Tensor,
  where,
} from "@clidim/tensor";
import {
  applyCond,
  applyKernel,
  applyScan,
  applyWhile,
  closeBranches,
  closeOver,
  closeTogether,
  type Graph,
} from "@clidim/tensor/graph";
import { instantiate } from "../copyOf.js";
import { batched, type Mapped, shared, spread } from "./rule.js";

/** What computes for all examples of a batch what was computed for one. */
interface Vectorizes {
  example(batch: Tensor): Tensor;
  map(values: readonly Tensor[]): Mapped[];
}

/** Placeholders for the inputs of a graph, of which some differ from example to example. */
const placesOf = ({ inputs, nodes }: Graph, differs: readonly boolean[], size: number): Tensor[] =>
  inputs.map((id, k) => {
    const { shape, dtype } = nodes[id]!;
    return input(differs[k] ? [size, ...shape] : shape, dtype);
  });

/** What the graph computes from these, for all examples. */
function mapGraph(
  graph: Graph,
  places: readonly Tensor[],
  differs: readonly boolean[],
  vectorizer: Vectorizes,
): Mapped[] {
  const given = places.map((place, k) => (differs[k] ? vectorizer.example(place) : place));
  return vectorizer.map(instantiate(graph, given));
}

/**
 * A scan for all examples at once: the same turns, each of which is one of all examples. A state that depends on an example is one for each from the first turn on; what is the same for
 * all examples stays that.
 */
export function batchScan(
  operands: readonly Mapped[],
  params: PrimitiveParams["scan"],
  size: number,
  newVectorizer: () => Vectorizes,
): Mapped[] {
  const { body, constants, carries } = params;
  const firstX = constants + carries;
  const differs = operands.map((operand) => operand.batched);
  for (;;) {
    const places = placesOf(body, differs, size);
    const outputs = mapGraph(body, places, differs, newVectorizer());
    if (spreads(outputs.slice(0, carries), differs, constants)) continue;
    const results = outputs.map((output, k) =>
      k < carries && differs[constants + k] ? spread(output, size) : output.tensor,
    );
    const { graph, captured } = closeOver(results, places);
    const values = operands.map((operand, k) => {
      if (!differs[k]) return operand.tensor;
      // The turns come before the examples.
      return k < firstX ? spread(operand, size) : moveAxis(operand.tensor, 0, 1);
    });
    const scanned = applyScan([...captured, ...values], {
      ...params,
      body: graph,
      constants: captured.length + constants,
    });
    return scanned.map((result, k) => {
      if (k < carries) return { tensor: result, batched: differs[constants + k]! };
      return outputs[k]!.batched ? batched(moveAxis(result, 1, 0)) : shared(result);
    });
  }
}

/** Marks the states that became one for each example during a turn; whether there were any. */
function spreads(next: readonly Mapped[], differs: boolean[], constants: number): boolean {
  let found = false;
  next.forEach((output, k) => {
    if (!output.batched || differs[constants + k]) return;
    differs[constants + k] = true;
    found = true;
  });
  return found;
}

/** A choice for all examples at once: of one branch, or, where each example chooses, of the results of all branches. */
export function batchCond(
  operands: readonly Mapped[],
  { branches }: PrimitiveParams["cond"],
  size: number,
  newVectorizer: () => Vectorizes,
): Mapped[] {
  const [index, ...values] = operands as [Mapped, ...Mapped[]];
  const differs = values.map((value) => value.batched);
  const tensors = values.map(({ tensor }) => tensor);
  if (index.batched) {
    const results = branches.map((branch) => mapGraph(branch, tensors, differs, newVectorizer()));
    return results[0]!.map((_, k) =>
      batched(
        chosen(
          index.tensor,
          results.map((outputs) => spread(outputs[k]!, size)),
        ),
      ),
    );
  }
  const mark = input([], "bool").id;
  const mapped = branches.map((branch) => {
    const placeholders = placesOf(branch, differs, size);
    return { placeholders, outputs: mapGraph(branch, placeholders, differs, newVectorizer()) };
  });
  const isBatched = mapped[0]!.outputs.map((_, k) => mapped.some(({ outputs }) => outputs[k]!.batched));
  const { graphs, captured } = closeBranches(
    mapped.map(({ placeholders, outputs }) => ({
      placeholders,
      outputs: outputs.map((output, k) => (isBatched[k] ? spread(output, size) : output.tensor)),
    })),
    mark,
  );
  const results = applyCond([index.tensor, ...captured, ...tensors], { branches: graphs });
  return results.map((tensor, k) => ({ tensor, batched: isBatched[k]! }));
}

/** A value per example for all its elements. */
const perExample = (x: Tensor, shape: Shape): Tensor =>
  broadcastTo(reshape(x, [shape[0]!, ...shape.slice(1).map(() => 1)]), shape);

/** For each example the value whose number it chose; a number that is out of range is clamped. */
function chosen(index: Tensor, values: readonly Tensor[]): Tensor {
  const last = values.at(-1)!;
  const isUpTo = (k: number): Tensor => (index.dtype === "bool" ? le(cast(index, "i32"), k) : le(index, k));
  return values
    .slice(0, -1)
    .reduceRight((others, value, k) => where(perExample(isUpTo(k), value.shape), value, others), last);
}

/**
 * A loop for all examples at once. Where each has a condition of its own, it goes on while one holds, and the states of the others stay what they are.
 */
export function batchWhile(
  operands: readonly Mapped[],
  { condition, body, constants, maxSteps }: PrimitiveParams["whileLoop"],
  size: number,
  newVectorizer: () => Vectorizes,
): Mapped[] {
  const differs = operands.map((operand) => operand.batched);
  for (;;) {
    const vectorizer = newVectorizer();
    const places = placesOf(body, differs, size);
    const [verdict] = mapGraph(condition, places, differs, vectorizer) as [Mapped];
    const next = mapGraph(body, places, differs, vectorizer);
    const all = verdict.batched ? next.map((output) => batched(output.tensor)) : next;
    if (spreads(all, differs, constants)) continue;
    const results = next.map((output, k) => {
      const before = places[constants + k]!;
      if (!differs[constants + k]) return output.tensor;
      const after = spread(output, size);
      return verdict.batched ? where(perExample(verdict.tensor, after.shape), after, before) : after;
    });
    const { graphs, captured } = closeTogether([
      { outputs: [verdict.batched ? any(verdict.tensor) : verdict.tensor], placeholders: places },
      { outputs: results, placeholders: places },
    ]);
    const values = operands.map((operand, k) => (differs[k] ? spread(operand, size) : operand.tensor));
    const looped = applyWhile([...captured, ...values], {
      condition: graphs[0]!,
      body: graphs[1]!,
      constants: captured.length + constants,
      maxSteps,
    });
    return looped.map((tensor, k) => ({ tensor, batched: differs[constants + k]! }));
  }
}

/**
 * A kernel of the user's own: for all examples at once where it says that it can, else for one after the other, compiled once.
 */
export function batchKernel(
  operands: readonly Mapped[],
  params: PrimitiveParams["kernel"],
  size: number,
): Mapped[] {
  if (params.vectorized) {
    const all = operands.map((operand) => spread(operand, size));
    return applyKernel(all, params.vectorized(all)).map(batched);
  }
  const differ = operands.filter((operand) => operand.batched).map(({ tensor }) => tensor);
  const same = operands.filter((operand) => !operand.batched).map(({ tensor }) => tensor);
  const places = operands.map(({ tensor, batched }) =>
    input(batched ? tensor.shape.slice(1) : tensor.shape, tensor.dtype),
  );
  const ordered = [
    ...places.filter((_, k) => !operands[k]!.batched),
    ...places.filter((_, k) => operands[k]!.batched),
  ];
  const { graph, captured } = closeOver(applyKernel(places, params), ordered);
  return applyScan([...captured, ...same, ...differ], {
    body: graph,
    constants: captured.length + same.length,
    carries: 0,
    length: size,
    reverse: false,
  }).map(batched);
}
