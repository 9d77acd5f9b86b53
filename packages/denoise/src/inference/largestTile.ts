import { defaultExecutor, type Executor, flatten, type Tensor, type Tree } from "@clidim/tensor";
import type { Geometry } from "../protocol/method.js";

/** Bytes that the widest activation may take. A whole network of encoder and decoder was seen to need five times that. */
const activationBudget = 128 * 2 ** 20;

/** Side of the largest square whose widest activation fits where these variables live, in pixels. */
export async function largestTile(
  { bytesPerPixel }: Pick<Geometry, "bytesPerPixel">,
  variables: Tree<Tensor>,
): Promise<number> {
  const executor: Executor =
    flatten(variables).leaves.find((leaf) => leaf.value)?.value?.executor ?? (await defaultExecutor());
  const bytes = Math.min(executor.limits.valueBytes, activationBudget);
  return Math.floor(Math.sqrt(bytes / bytesPerPixel));
}
