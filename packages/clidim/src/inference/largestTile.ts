import { type Device, defaultDevice, flatten, type Tensor, type Tree } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";

/** Bytes that the widest activation may take. The whole network was seen to need five times that. */
const activationBudget = 128 * 2 ** 20;

/**
 * Side of the largest square that the device of these variables takes, in pixels: the widest activation, the input of the last block, has 2 ngf channels at
 * half the side, 2 ngf side^2 bytes in f32.
 */
export async function largestTile(
  { ngf }: Pick<Configuration, "ngf">,
  variables: Tree<Tensor>,
): Promise<number> {
  const device: Device =
    flatten(variables).leaves.find((leaf) => leaf.buffer)?.buffer?.device ?? (await defaultDevice());
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const bytes = Math.min(maxBufferSize, maxStorageBufferBindingSize, activationBudget);
  return Math.floor(Math.sqrt(bytes / (2 * ngf)));
}
