import type { Tensor } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import type { DiscriminatorTree } from "../model/discriminator.js";
import type { TrainingBatch } from "./normalizeBatch.js";
import type { NetworkState } from "./state.js";

/**
 * The discriminator after its contrastive update, which precedes the adversarial one: in the released code an Adam step of its own, with
 * the same optimiser state, on pairs (noisy, fake) and (noisy, clean). Mode "off": unchanged.
 */
export function contrastiveStep(
  { mode }: Configuration["contrastive"],
  discriminator: NetworkState<DiscriminatorTree>,
  _images: TrainingBatch & { readonly fake: Tensor },
): NetworkState<DiscriminatorTree> {
  switch (mode) {
    case "off":
      return discriminator;
    default:
      return mode satisfies never;
  }
}
