import { apply, input, type PrimitiveParams, type Tensor } from "@clidim/tensor";
import { applyKernel, applyScan, closeOver, placesOf, scanResults } from "@clidim/tensor/graph";
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

/**
 * A kernel of the user's own for one example after the other: it is compiled once and runs once per example. It knows of no further axis.
 */
export function batchKernel(
  operands: readonly Mapped[],
  params: PrimitiveParams["kernel"],
  size: number,
): Mapped {
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
  const [first] = applyScan([...captured, ...same, ...differ], {
    body: graph,
    constants: captured.length + same.length,
    carries: 0,
    length: size,
    reverse: false,
  });
  return batched(first!.definition.inputs[0]!);
}

/** One of the results of a program that was batched, `params` are those of one example. */
export function resultOf(of: "scan" | "kernel", all: Tensor, params: PrimitiveParams["result"]): Mapped {
  const { definition } = all;
  if (definition.op !== "scan") throw new Error(`vmap: expected the results of a scan, got ${definition.op}`);
  const own = placesOf(scanResults(definition.params))[params.index]!;
  const result = apply("result", [all], own);
  if (own.shape.length === params.shape.length) return shared(result);
  // Of a scan, the turns come before the examples; of a kernel, the examples are the turns.
  const isStacked = of === "scan" && params.index >= definition.params.carries;
  return batched(isStacked ? moveAxis(result, 1, 0) : result);
}
