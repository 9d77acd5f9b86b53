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
  /** What stands for it in the loss: where some of it is free, it is more. */
  readonly penalty: Tensor;
  /** The parts of it, of codes that have levels, from the outermost inwards. */
  readonly levels: readonly Tensor[];
  /** The statistics of norms after it, where there are any: in training those of the batch. */
  readonly stats: NetworkTree;
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

/** The values of codes whose normal distributions are [N,...], or of each draw [draws N,...]: mean + normals x deviation, [draws N,...]. */
export function drawCodes(
  { mean, logVariance }: { readonly mean: Tensor; readonly logVariance: Tensor },
  normals: Normals,
  [draws, images]: readonly [draws: number, images: number],
): Tensor {
  const rest = mean.shape.slice(1);
  const byDraw = (values: Tensor): Tensor => reshape(values, [-1, images, ...rest]);
  const deviation = exp(mul(byDraw(logVariance), 0.5));
  const drawn = normals([draws, images, ...rest]);
  return reshape(add(byDraw(mean), mul(drawn, deviation)), [draws * images, ...rest]);
}

/** A variational autoencoder with a standard normal prior. */
export function autoencoderNetwork(options: VariationalAutoencoderOptions): VariationalNetwork {
  const { init, encode, decode } = variationalAutoencoder(options);
  return {
    init,
    posterior(variables, x, context) {
      const code = encode(variables, x, context);
      const kl = klDivergence(code);
      return (normals, draws) => {
        const signals = decode(variables, drawCodes(code, normals, [draws, x.shape[0]!]), context);
        return { signals, kl, penalty: kl, levels: [], stats: variables.stats };
      };
    },
  };
}
