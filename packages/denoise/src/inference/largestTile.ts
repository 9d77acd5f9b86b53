import { type Device, defaultDevice, flatten, type Tensor, type Tree } from "@clidim/tensor";
import type { Geometry } from "../protocol/method.js";

/** Bytes that the widest activation may take. A whole U-Net was seen to need five times that. */
const activationBudget = 128 * 2 ** 20;

/** Side of the largest square whose widest activation fits the device of these variables, in pixels. */
export async function largestTile(
  { bytesPerPixel }: Pick<Geometry, "bytesPerPixel">,
  variables: Tree<Tensor>,
): Promise<number> {
  const device: Device =
    flatten(variables).leaves.find((leaf) => leaf.buffer)?.buffer?.device ?? (await defaultDevice());
  const { maxBufferSize, maxStorageBufferBindingSize } = device.traits.limits;
  const bytes = Math.min(maxBufferSize, maxStorageBufferBindingSize, activationBudget);
  return Math.floor(Math.sqrt(bytes / bytesPerPixel));
}
