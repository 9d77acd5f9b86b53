import { describe, expectChoice, expectOptions, expectTensor, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { reshape } from "./reshape.js";

/** The order of the axes. */
export interface MeshgridOptions {
  /** "ij": axis k is that of the k-th list, PyTorch's default; "xy": the first two change places, NumPy's. Default "ij". */
  readonly indexing?: "ij" | "xy";
}

/** Lists [n], [m], ... as coordinates of a grid: for each a tensor [n, m, ...] that repeats it along the axes of the others. */
export function meshgrid(lists: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  if (!Array.isArray(lists)) throw new Error(`meshgrid: expected an array of tensors, got ${show(lists)}`);
  expectOptions("meshgrid", options, ["indexing"]);
  const { indexing = "ij" } = options;
  expectChoice("meshgrid", "indexing", indexing, ["ij", "xy"]);
  for (const [i, list] of lists.entries()) {
    expectTensor("meshgrid", `list ${i}`, list);
    if (list.shape.length !== 1)
      throw new Error(`meshgrid: expected lists [n], list ${i} is ${describe(list)}`);
  }
  const swapped = indexing === "xy" && lists.length > 1;
  const axisOf = (i: number): number => (swapped && i < 2 ? 1 - i : i);
  const shape = lists.map((_, axis) => lists[axisOf(axis)]!.shape[0]!);
  return lists.map((list, i) => {
    const alone = lists.map((_, axis) => (axis === axisOf(i) ? list.shape[0]! : 1));
    return broadcastTo(reshape(list, alone), shape);
  });
}
