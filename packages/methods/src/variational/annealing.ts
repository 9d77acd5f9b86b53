import type { Remedy } from "@clidim/denoise";
import { clip, div, full, sub, type Tensor } from "@clidim/tensor";

/** How the divergence of the codes gets its weight, and the length of the training. */
export interface Annealing {
  readonly updates: number;
  /** In so many updates it rises from 0 to 1; 0: it is 1 at once. */
  readonly klAnnealing: number;
  /** The update that it rises from, and the learning rate's schedule begins at, of a training that began again; default 0. */
  readonly annealedFrom?: number;
}

/** The weight of the divergence in the loss of an update. */
export function klWeight({ klAnnealing, annealedFrom = 0 }: Annealing, update: Tensor): Tensor {
  return klAnnealing === 0 ? full([], 1) : clip(div(sub(update, annealedFrom), klAnnealing), 0, 1);
}

/** Nats per pixel: a code that tells less says next to nothing of a crop, half a bit of one of 64 x 64 pixels. */
const LEAST_KL = 1e-4;

/** So many updates, with the whole weight, a code is given to become of use: with strong noise the first hundred can pass without. */
const PATIENCE = 200;

/** Whether the code of a network says nothing of the images, so that all are decoded alike, by the mean divergence `kl` (nats per pixel) of the last updates and the number since the weights were fresh; in words. So many nats per pixel are `free` to tell and are told of any image. */
export function posteriorCollapse(
  { klAnnealing }: Annealing,
  kl: number | undefined,
  updates: number,
  free = 0,
): string | undefined {
  if (kl === undefined || kl >= LEAST_KL + free || updates < klAnnealing + PATIENCE) return undefined;
  return `the posterior has collapsed: the code says nothing of an image (KL divergence of ${kl.toExponential(1)} nats per pixel)`;
}

/** Parts of the training in which the weight of the divergence rises, after the first collapse and after the second; after a third there is nothing left to try. */
const ANNEALED_PARTS = [1 / 10, 1 / 4] as const;

/** Fresh weights, that learn to use the code before it costs them anything; undefined where that was tried for long enough, or the updates that are left would not show whether it helped. */
export function annealed<C extends Annealing>(configuration: C, update: number): Remedy<C> | undefined {
  const lengths = ANNEALED_PARTS.map((part) => Math.max(1, Math.round(part * configuration.updates)));
  const klAnnealing = lengths.find((length) => length > configuration.klAnnealing);
  if (klAnnealing === undefined || configuration.updates - update < klAnnealing + PATIENCE) return undefined;
  return {
    configuration: { ...configuration, klAnnealing, annealedFrom: update },
    words: `with a weight of the KL divergence that rises from 0 to 1 in ${klAnnealing} updates`,
  };
}
