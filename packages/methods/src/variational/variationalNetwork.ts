import type { Context, Layer } from "@clidim/nn";
import { add, exp, mul, reshape, type Tensor } from "@clidim/tensor";
import { klDivergence } from "../losses/klDivergence.js";
import type { NetworkTree, NetworkVariables } from "../networks/networkTree.js";
import {
  type VariationalAutoencoderOptions,
  variationalAutoencoder,
} from "../networks/variationalAutoencoder.js";
import type { Normals } from "./normals.js";

/** Signals drawn for images, and how much was to be told of the images for it. */
export interface Drawn {
  /** [draws N,H,W,1], all images of a draw one after the other. */
  readonly signals: Tensor;
  /** The divergence of the codes from their prior, nats, summed over the images. */
  readonly kl: Tensor;
}

/** A network that tells of an image not a signal but a distribution of signals. */
export interface VariationalNetwork extends Pick<Layer<NetworkTree, NetworkTree>, "init"> {
  /** Looks at images [N,H,W,1] once, and draws as often as it is asked. */
  posterior(
    variables: NetworkVariables,
    x: Tensor,
    context: Context,
  ): (normals: Normals, draws: number) => Drawn;
}

/** A variational autoencoder with a standard normal prior: codes are mean + normals x deviation. */
export function autoencoderNetwork(options: VariationalAutoencoderOptions): VariationalNetwork {
  const { init, encode, decode } = variationalAutoencoder(options);
  return {
    init,
    posterior(variables, x, context) {
      const code = encode(variables, x, context);
      const deviation = exp(mul(code.logVariance, 0.5));
      const kl = klDivergence(code);
      return (normals, draws) => {
        const [images = 1, ...rest] = code.mean.shape;
        const drawn = normals([draws, images, ...rest]);
        const codes = reshape(add(code.mean, mul(drawn, deviation)), [draws * images, ...rest]);
        return { signals: decode(variables, codes, context), kl };
      };
    },
  };
}
