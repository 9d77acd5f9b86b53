import { apply, type Definition, type Tensor } from "@clidim/tensor";
import type { CustomCall } from "@clidim/tensor/graph";
import { reach } from "@clidim/tensor/graph";
import { copyOf } from "./copyOf.js";
import { customCallOf } from "./customCall.js";

interface Node {
  readonly tensor: Tensor;
  readonly definition: Definition;
}

/** The part of a graph that one call of a function added. */
export interface Region<R> {
  readonly result: R;
  /** What is asked for, in the order given. */
  readonly outputs: readonly Tensor[];
  /** The operations added that the outputs need, operands first. */
  readonly nodes: readonly Node[];
  /** The older values they use, the function's arguments and what it closes over alike. */
  readonly frontier: readonly Tensor[];
}

/** What an operation is reached together with. A custom call is copied whole, so that its results keep their positions. */
export const reachedWith = ({ op, inputs, params }: Definition): readonly Tensor[] =>
  op === "customVjp" ? [...inputs, ...customCallOf(params).results] : inputs;

/**
 * Calls `f` and finds what it added to the graph behind `outputsOf(result)`, as far as that is reached through values that
 * `through` accepts.
 */
export function traceRegion<R>(
  f: () => R,
  outputsOf: (result: R) => readonly Tensor[],
  through: (value: Tensor) => boolean = () => true,
): Region<R> {
  // Ids ascend: whatever f makes is newer than this mark.
  const mark = apply("full", [], { value: 0, shape: [], dtype: "f32" }).id;
  const result = f();
  const outputs = outputsOf(result);
  const isOlder = (tensor: Tensor): boolean => tensor.id < mark;
  const reached = reach(outputs.filter(through), (tensor) =>
    isOlder(tensor) ? [] : reachedWith(tensor.definition).filter(through),
  );
  const nodes = reached
    .filter((tensor) => !isOlder(tensor))
    .map((tensor) => ({ tensor, definition: tensor.definition }));
  return { result, outputs, nodes, frontier: reached.filter(isOlder) };
}

/** The region's outputs again, computed by new nodes from `replacement` in the place of its frontier. */
export function replay(region: Region<unknown>, replacement: readonly Tensor[]): Tensor[] {
  const renamed = new Map<Tensor, Tensor>(region.frontier.map((tensor, i) => [tensor, replacement[i]!]));
  const calls = new Map<CustomCall, CustomCall>();
  for (const { tensor, definition } of region.nodes) {
    // Without operands there is nothing to replace, and a literal costs nothing to keep.
    if (definition.inputs.length === 0) renamed.set(tensor, tensor);
    else
      renamed.set(
        tensor,
        copyOf(
          definition,
          definition.inputs.map((input) => renamed.get(input)!),
          calls,
        ),
      );
  }
  return region.outputs.map((output) => renamed.get(output)!);
}
