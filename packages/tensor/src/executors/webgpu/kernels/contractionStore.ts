import storeFourPart from "../../../../../../shaders/storeFour.wgsl?raw";
import storeOnePart from "../../../../../../shaders/storeOne.wgsl?raw";
import type { BindingKind } from "../device/kernelSource.js";
import type { LoweringContext, Resource, Store } from "./step.js";

const bindings: readonly BindingKind[] = ["write"];

/** Stores the sums as they are, one by one or as vectors of four neighbouring columns. */
const plainStore = (result: Resource, lanes: 1 | 4): Store => ({
  code: lanes === 4 ? storeFourPart : storeOnePart,
  bindings,
  resources: [result],
  halves: false,
  label: "",
});

/**
 * What becomes of a contraction's sums. Where they are split into more than one part, the parts of `count` elements each, in f32, are left for the kernel that adds
 * them up.
 */
export function storeOf(
  id: number,
  lanes: 1 | 4,
  context: LoweringContext,
  { count, parts }: { readonly count: number; readonly parts: number } = { count: 0, parts: 1 },
): Store {
  if (parts === 1) return context.epilogue(lanes) ?? plainStore(context.value(id), lanes);
  const resource = context.scratch(4 * parts * count);
  context.leaveParts(id, { resource, rows: parts });
  return plainStore(resource, lanes);
}
