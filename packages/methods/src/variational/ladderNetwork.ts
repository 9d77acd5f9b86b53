import { add, div, maximum, sum, type Tensor, tile } from "@clidim/tensor";
import { klPerImage } from "../losses/klPerImage.js";
import { type LadderAutoencoderOptions, ladderAutoencoder } from "../networks/ladderAutoencoder.js";
import { drawCodes, type VariationalNetwork } from "./variationalNetwork.js";

export interface LadderNetworkOptions extends LadderAutoencoderOptions {
  /** Nats of divergence, of each image and each level, that cost the same as less (free bits, Kingma et al. 2016). As published: 1. */
  readonly freeBits: number;
}

/** All images [N,H,W,C] once for each draw: [draws N,H,W,C]. */
const forEach = (draws: number, x: Tensor): Tensor => (draws === 1 ? x : tile(x, [draws, 1, 1, 1]));

/**
 * A ladder of codes, drawn from the innermost outwards: what is drawn of a level decides what the next one expects, and its divergence is that from what it expected. In the loss, that of a level and an image is max(divergence, freeBits).
 */
export function ladderNetwork({ freeBits, ...options }: LadderNetworkOptions): VariationalNetwork {
  const { init, start } = ladderAutoencoder(options);
  return {
    init,
    posterior(variables, x, context) {
      const ladder = start(variables, context);
      const seen = ladder.climb(x);
      const images = x.shape[0]!;
      return (normals, draws) => {
        const divergences: Tensor[] = [];
        let above: Tensor | undefined;
        for (const [i, own] of [...seen.entries()].toReversed()) {
          const level = i + 1;
          const posterior = ladder.posterior(level, above ? forEach(draws, own) : own, above);
          divergences.unshift(klPerImage(posterior, ladder.prior(level, above)));
          above = ladder.descend(level, drawCodes(posterior, normals, [draws, images]), above);
        }
        if (!above) throw new Error("ladderNetwork: expected a depth of 1 or more");
        // A level below another has one divergence of an image for each draw.
        const summed = (values: Tensor): Tensor => div(sum(values), values.shape[0]! / images);
        const total = (parts: readonly Tensor[]): Tensor => parts.map(summed).reduce((a, b) => add(a, b));
        return {
          signals: ladder.signal(above),
          kl: total(divergences),
          penalty: total(divergences.map((kl) => maximum(kl, freeBits))),
          levels: divergences.map(summed),
          stats: ladder.stats,
        };
      };
    },
  };
}
