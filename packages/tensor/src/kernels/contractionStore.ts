import storeFourPart from "../../../../shaders/storeFour.wgsl?raw";
import storeOnePart from "../../../../shaders/storeOne.wgsl?raw";
import type { BindingKind, LoweringContext, Resource, Store } from "./step.js";

const bindings: readonly BindingKind[] = ["write"];

/** Stores the sums as they are, one by one or as vectors of four neighbouring columns. */
const plainStore = (result: Resource, lanes: 1 | 4): Store => ({
  code: lanes === 4 ? storeFourPart : storeOnePart,
  bindings,
  resources: [result],
  halves: false,
  label: "",
});

/** What becomes of a contraction's sums. */
export const storeOf = (id: number, lanes: 1 | 4, context: LoweringContext): Store =>
  context.epilogue(lanes) ?? plainStore(context.value(id), lanes);

/** Where `parts` partial results of `count` elements each go, for the kernel that adds them up; they are f32. */
export function storeParts(
  id: number,
  lanes: 1 | 4,
  { count, parts }: { readonly count: number; readonly parts: number },
  context: LoweringContext,
): Store {
  const resource = context.scratch(4 * parts * count);
  context.leaveParts(id, { resource, rows: parts });
  return plainStore(resource, lanes);
}
