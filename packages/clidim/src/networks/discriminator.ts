import { initializers, type Layer, layers, type Variables } from "@clidim/nn";
import type { LayerLeaves } from "./layerLeaves.js";
import { convolutionInit, scaleInit } from "./weightInit.js";

export interface DiscriminatorOptions {
  /** Channels of the first layer; they double inwards up to 8 ndf. */
  readonly ndf: number;
  /** Halvings. Default 3, for which a logit sees 70 x 70 pixels. */
  readonly layers?: number;
  /** Default 2: the noisy image and the image to judge. */
  readonly inputChannels?: number;
}

/** Per layer: `conv1` ..., `norm2` .... */
export type DiscriminatorTree = Readonly<Record<string, LayerLeaves>>;

/** Parameters and running statistics of a discriminator. */
export type DiscriminatorVariables = Variables<DiscriminatorTree, DiscriminatorTree>;

/**
 * The PatchGAN discriminator of pix2pix (Isola et al. 2017), [N, H, W, inputChannels] -> a map of logits, [N, H/8 - 2, W/8 - 2, 1] for
 * 3 layers. 4 x 4 convolutions with padding 1: `layers` of stride 2, then two of stride 1; batch norm on all but the first and the last,
 * which have a bias instead; leakyRelu(0.2) between them. Weights start as the generator's.
 */
export function patchDiscriminator(
  options: DiscriminatorOptions,
): Layer<DiscriminatorTree, DiscriminatorTree> {
  const { ndf, layers: strided = 3, inputChannels = 2 } = options;
  const last = strided + 2;
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {};
  for (let layer = 1; layer <= last; layer++) {
    const bare = layer === 1 || layer === last;
    parts[`conv${layer}`] = layers.conv2d({
      out: layer === last ? 1 : ndf * Math.min(2 ** (layer - 1), 8),
      kernel: 4,
      stride: layer <= strided ? 2 : 1,
      padding: 1,
      bias: bare,
      weightInit: convolutionInit,
      biasInit: initializers.zeros,
    });
    if (!bare) parts[`norm${layer}`] = layers.batchNorm({ weightInit: scaleInit });
    if (layer < last) parts[`activation${layer}`] = layers.leakyRelu(0.2);
  }
  const chain = layers.sequential(parts);
  return {
    ...chain,
    kind: "patchDiscriminator",
    // Only the channels matter to the parameters; each layer leaves at least one pixel of this extent.
    init: (key) => chain.init(key, [1, 2 ** (strided + 2), 2 ** (strided + 2), inputChannels]),
  };
}
