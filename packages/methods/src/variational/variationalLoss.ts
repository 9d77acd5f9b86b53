import { add, div, mul, sizeOf, type Tensor } from "@clidim/tensor";
import type { NetworkVariables } from "../networks/networkTree.js";
import type { Normals } from "./normals.js";
import type { VariationalNetwork } from "./variationalNetwork.js";

/** How unlikely observations x are around signals s, both [N,H,W,1]: nats, as a mean over pixels. */
export type Reconstruction = (x: Tensor, s: Tensor) => Tensor;

/** The parts of a loss, nats per pixel. */
export interface VariationalLoss {
  /** Their sum, with the weight that the divergence has. */
  readonly loss: Tensor;
  readonly reconstruction: Tensor;
  /** The divergence without its weight. */
  readonly kl: Tensor;
}

/** The negative evidence lower bound of noisy images [N,H,W,1] (Kingma and Welling 2014), by one draw for each: -log p(x | s) + weight KL, per pixel of the images. */
export function variationalLoss(
  network: VariationalNetwork,
  reconstructionOf: Reconstruction,
  variables: NetworkVariables,
  noisy: Tensor,
  {
    normals,
    weight,
    train,
  }: { readonly normals: Normals; readonly weight: Tensor | number; readonly train: boolean },
): VariationalLoss {
  const { signals, kl: total } = network.posterior(variables, noisy, { train })(normals, 1);
  const kl = div(total, sizeOf(noisy.shape));
  const reconstruction = reconstructionOf(noisy, signals);
  return { loss: add(reconstruction, mul(kl, weight)), reconstruction, kl };
}
