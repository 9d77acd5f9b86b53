import { apply, type PrimitiveName, type PrimitiveParams, type Tensor } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import { type CustomCall, type Graph, isSpent, reach } from "@clidim/tensor/graph";
import { customCallOf } from "./customCall.js";

/** What an operation is, whatever its operands. */
type Operation = {
  readonly [P in PrimitiveName]: { readonly op: P; readonly params: PrimitiveParams[P] };
}[PrimitiveName];

/** The operation on other inputs. Nodes of one custom call become nodes of one copy of it, which `calls` remembers. */
export function copyOf(
  operation: Operation,
  inputs: readonly Tensor[],
  calls: Map<CustomCall, CustomCall>,
): Tensor {
  if (operation.op !== "customVjp") return apply(operation.op, inputs, operation.params);
  const original = customCallOf(operation.params);
  let call = calls.get(original);
  if (!call) {
    call = copiedCall(original);
    calls.set(original, call);
  }
  const node = apply("customVjp", inputs, { backward: call });
  call.results.push(node);
  return node;
}

/** Throws where `backward` uses what belongs to a turn or a branch of the original, which a copy cannot replace: only arguments and results are handed to it. */
const copiedCall = (original: CustomCall): CustomCall => ({
  ...original,
  results: [],
  backward: (...given) => {
    const known = new Set(given.flat());
    const gradients = original.backward(...given);
    const found = gradients.filter((gradient) => gradient !== undefined);
    const foreign = reach(found, (tensor) => (known.has(tensor) ? [] : tensor.definition.inputs)).find(
      (tensor) => !known.has(tensor) && isSpent(tensor),
    );
    if (!foreign) return gradients;
    throw new Error(
      `${original.name}: inside scan, cond or whileLoop, the gradient uses a tensor ${describe(foreign)} of a turn or a branch, or what is computed from it, without taking it ` +
        "as an argument; pass it as an argument, too",
    );
  },
});

/** The outputs of a graph, computed from tensors in place of its inputs. */
export function instantiate(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  const given = new Map(graph.inputs.map((id, k) => [id, inputs[k]!]));
  const calls = new Map<CustomCall, CustomCall>();
  const tensors: Tensor[] = [];
  graph.nodes.forEach((node, id) => {
    const operands = node.inputs.map((operand) => tensors[operand]!);
    tensors.push(given.get(id) ?? copyOf(node, operands, calls));
  });
  return graph.outputs.map((output) => tensors[output]!);
}
