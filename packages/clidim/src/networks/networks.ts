import type { Layer } from "@clidim/nn";
import type { Configuration } from "../schema.js";
import { type DiscriminatorTree, patchDiscriminator } from "./discriminator.js";
import type { GeneratorTree } from "./generatorTree.js";
import { type Pix2pixGeneratorOptions, pix2pixGenerator } from "./pix2pixGenerator.js";
import { unet, unetWidth } from "./unet.js";

/** The generator that a configuration describes: one channel in, one out. */
export function generatorOf(
  configuration: Pick<Configuration, "network" | "downs" | "ngf" | "dropout" | "upsampling" | "output">,
  options: Pick<Pix2pixGeneratorOptions, "dropoutInEvaluation"> = {},
): Layer<GeneratorTree, GeneratorTree> {
  const { network, downs, ngf, dropout, upsampling, output } = configuration;
  switch (network) {
    case "pix2pix":
      return pix2pixGenerator({ downs, ngf, dropout, upsampling, output, ...options });
    case "unet":
      return unet({ downs, ngf, upsampling, output });
    default:
      return network satisfies never;
  }
}

/** Bytes of the widest activation of a generator for each pixel of the image, f32. */
export function widestActivation({ network, ngf }: Pick<Configuration, "network" | "ngf">): number {
  switch (network) {
    // The input of the last block has 2 ngf channels at half the side.
    case "pix2pix":
      return 2 * ngf;
    // The outermost block on the way up joins the channels of the first two levels, at half the side.
    case "unet":
      return unetWidth(ngf, 1) + unetWidth(ngf, 2);
    default:
      return network satisfies never;
  }
}

/** The discriminator that a configuration describes: it sees a noisy image and a clean or denoised one. */
export const discriminatorOf = ({
  ndf,
}: Pick<Configuration, "ndf">): Layer<DiscriminatorTree, DiscriminatorTree> => patchDiscriminator({ ndf });
