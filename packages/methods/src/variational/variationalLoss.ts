import type { Context } from "@clidim/nn";
import { add, div, mul, sizeOf, type Tensor } from "@clidim/tensor";
import type { NetworkTree, NetworkVariables } from "../networks/networkTree.js";
import type { Normals } from "./normals.js";
import type { VariationalNetwork } from "./variationalNetwork.js";

/** How unlikely observations x are around signals s, both [N,H,W,1]: nats, as a mean over pixels. */
export type Reconstruction = (x: Tensor, s: Tensor) => Tensor;

/** A loss and its parts, nats per pixel. */
export interface VariationalLoss {
  /** Reconstruction and divergence, with what of it counts and the weight that it has. */
  readonly loss: Tensor;
  readonly reconstruction: Tensor;
  /** The divergence as it is. */
  readonly kl: Tensor;
  /** The parts of it, of codes that have levels, from the outermost inwards. */
  readonly levels: readonly Tensor[];
  /** The statistics of norms, see `Drawn`. */
  readonly stats: NetworkTree;
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
    context,
  }: { readonly normals: Normals; readonly weight: Tensor | number; readonly context: Context },
): VariationalLoss {
  const { signals, kl, penalty, levels, stats } = network.posterior(variables, noisy, context)(normals, 1);
  const perPixel = (nats: Tensor): Tensor => div(nats, sizeOf(noisy.shape));
  const reconstruction = reconstructionOf(noisy, signals);
  return {
    loss: add(reconstruction, mul(perPixel(penalty), weight)),
    reconstruction,
    kl: perPixel(kl),
    levels: levels.map(perPixel),
    stats,
  };
}
