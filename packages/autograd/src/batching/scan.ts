import { apply, input, type PrimitiveParams, type Tensor } from "@clidim/tensor";
import { applyScan, closeOver, resultParams } from "@clidim/tensor/graph";
import { instantiate } from "../copyOf.js";
import { batched, type Mapped, moveAxis, shared, spread } from "./rule.js";

/** What computes for all examples of a batch what was computed for one. */
interface Vectorizes {
  example(batch: Tensor): Tensor;
  map(values: readonly Tensor[]): Mapped[];
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
): Mapped {
  const { body, constants, carries } = params;
  const firstX = constants + carries;
  const differs = operands.map((operand) => operand.batched);
  for (;;) {
    const vectorizer = newVectorizer();
    const places = body.inputs.map((id, k) => {
      const { shape, dtype } = body.nodes[id]!;
      return input(differs[k] ? [size, ...shape] : shape, dtype);
    });
    const outputs = vectorizer.map(
      instantiate(
        body,
        places.map((place, k) => (differs[k] ? vectorizer.example(place) : place)),
      ),
    );
    const found = outputs.slice(0, carries).flatMap((output, k) => {
      const position = constants + k;
      return output.batched && !differs[position] ? [position] : [];
    });
    for (const position of found) differs[position] = true;
    if (found.length > 0) continue;
    const results = outputs.map((output, k) =>
      k < carries && differs[constants + k] ? spread(output, size) : output.tensor,
    );
    const { graph, captured } = closeOver(results, places);
    const values = operands.map((operand, k) => {
      if (!differs[k]) return operand.tensor;
      // The turns come before the examples.
      return k < firstX ? spread(operand, size) : moveAxis(operand.tensor, 0, 1);
    });
    const [first] = applyScan([...captured, ...values], {
      ...params,
      body: graph,
      constants: captured.length + constants,
    });
    return batched(first!.definition.inputs[0]!);
  }
}

/** One of the results of a scan that was batched, `params` are those of one example. */
export function resultOf(scan: Tensor, params: PrimitiveParams["result"]): Mapped {
  const { definition } = scan;
  if (definition.op !== "scan") throw new Error(`vmap: expected the results of a scan, got ${definition.op}`);
  const own = resultParams(definition.params)[params.index]!;
  const result = apply("result", [scan], own);
  if (own.shape.length === params.shape.length) return shared(result);
  return batched(params.index < definition.params.carries ? result : moveAxis(result, 1, 0));
}
