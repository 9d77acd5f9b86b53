import { inputChannels } from "@clidim/denoise";
import type { Layer } from "@clidim/nn";
import type { Configuration } from "../schema.js";
import { type DiscriminatorTree, patchDiscriminator } from "./discriminator.js";
import type { GeneratorTree } from "./generatorTree.js";
import { nafnet, nafnetWidth } from "./nafnet.js";
import { type Pix2pixGeneratorOptions, pix2pixGenerator } from "./pix2pixGenerator.js";
import { unet, unetWidth } from "./unet.js";

/** The generator that a configuration describes: a channel for each frame in, and one for the noise level where it is seen, one out. */
export function generatorOf(
  configuration: Pick<
    Configuration,
    "network" | "downs" | "ngf" | "dropout" | "upsampling" | "output" | "frames" | "noiseLevelMap"
  >,
  options: Pick<Pix2pixGeneratorOptions, "dropoutInEvaluation"> = {},
): Layer<GeneratorTree, GeneratorTree> {
  const { network, downs, ngf, dropout, upsampling, output, frames: imageChannels } = configuration;
  const channels = { inputChannels: inputChannels(configuration), imageChannels };
  switch (network) {
    case "pix2pix":
      return pix2pixGenerator({ downs, ngf, dropout, upsampling, output, ...channels, ...options });
    case "unet":
      return unet({ downs, ngf, upsampling, output, ...channels });
    case "nafnet":
      return nafnet({ downs, ngf, upsampling, output, ...channels });
    default:
      return network satisfies never;
  }
}

/** The generator's block of the finest features: what the last one, which makes the image of them, is given from the way up, at half the side, whose channels hold the full resolution. */
export function finestBlock({ network, downs }: Pick<Configuration, "network" | "downs">): string {
  if (downs === 1) return "down1";
  switch (network) {
    case "pix2pix":
      return "up2";
    case "unet":
    case "nafnet":
      return "up1";
    default:
      return network satisfies never;
  }
}

/** Bytes of the widest activation of a generator for each pixel of the image, f32. */
export function widestActivation({
  network,
  ngf,
  upsampling,
  ...seen
}: Pick<Configuration, "network" | "ngf" | "upsampling" | "frames" | "noiseLevelMap">): number {
  // What goes in, at the full side.
  const channels = inputChannels(seen);
  const image = channels > 1 ? 4 * channels : 0;
  switch (network) {
    // The input of the last block has 2 ngf channels at half the side, which interpolation takes to the full one before anything is convolved.
    case "pix2pix":
      return Math.max(2 * ngf * (upsampling === "transposed" ? 1 : 4), image);
    // The outermost block on the way up joins the channels of the first level with as many (transposed) or those of the second, at half the side.
    case "unet":
      return Math.max(unetWidth(ngf, 1) + unetWidth(ngf, upsampling === "transposed" ? 1 : 2), image);
    // The outermost blocks double the channels of the first level, at half the side.
    case "nafnet":
      return Math.max(2 * nafnetWidth(ngf, 1), image);
    default:
      return network satisfies never;
  }
}

/** The discriminator that a configuration describes: it sees the frames of a noisy image and a clean or denoised one. */
export const discriminatorOf = ({
  ndf,
  frames,
}: Pick<Configuration, "ndf" | "frames">): Layer<DiscriminatorTree, DiscriminatorTree> =>
  patchDiscriminator({ ndf, inputChannels: frames + 1 });
