import type { Layer } from "@clidim/nn";
import type { Configuration } from "../schema.js";
import { type DiscriminatorTree, patchDiscriminator } from "./discriminator.js";
import type { GeneratorTree } from "./generatorTree.js";
import { type Pix2pixGeneratorOptions, pix2pixGenerator } from "./pix2pixGenerator.js";

/** The generator that a configuration describes: one channel in, one out. */
export const generatorOf = (
  {
    downs,
    ngf,
    dropout,
    upsampling,
    output,
  }: Pick<Configuration, "downs" | "ngf" | "dropout" | "upsampling" | "output">,
  options: Pick<Pix2pixGeneratorOptions, "dropoutInEvaluation"> = {},
): Layer<GeneratorTree, GeneratorTree> =>
  pix2pixGenerator({ downs, ngf, dropout, upsampling, output, ...options });

/** The discriminator that a configuration describes: it sees a noisy image and a clean or denoised one. */
export const discriminatorOf = ({
  ndf,
}: Pick<Configuration, "ndf">): Layer<DiscriminatorTree, DiscriminatorTree> => patchDiscriminator({ ndf });
