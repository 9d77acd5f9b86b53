import { halvedLearningRate, inputChannels, type MethodVariables, type TrainedMethod } from "@clidim/denoise";
import { key } from "@clidim/tensor";
import { batchMembers } from "./batchMembers.js";
import { cropFor } from "./cropFor.js";
import type { GeneratorTree, GeneratorVariables } from "./networks/generatorTree.js";
import { mirroredAtRandom } from "./networks/mirroredAtRandom.js";
import { generatorOf, widestActivation } from "./networks/networks.js";
import { dropoutBlocks } from "./networks/pix2pixGenerator.js";
import { phases } from "./phases.js";
import type { Configuration } from "./schema.js";
import { space } from "./space.js";
import { type ClidimState, initialState, metricNames } from "./state.js";

/** The protocol gives back what `variables` or `template` gave it. */
const ofGenerator = ({ params, stats }: MethodVariables): GeneratorVariables => ({
  params: params as GeneratorTree,
  stats: stats as GeneratorTree,
});

/** CLIDiM (Fuentes-Hurtado, Sibarita, Viasnoff): pix2pix with structural losses and a contrastive term, as a method of the protocol. */
export const clidim: TrainedMethod<Configuration, ClidimState> = {
  kind: "trained",
  name: "clidim",
  version: 1,
  title: "CLIDiM",
  summary:
    "A U-Net trained on pairs of noisy and clean images with structural, adversarial and contrastive losses (Fuentes-Hurtado et al.).",
  guide: {
    gives: ["uncertainty, as the spread of passes"],
    time: "minutes",
    when: "there are clean images of scenes like yours and the result shall be as good as it gets",
    cannot:
      "do without clean images, nor be trusted on samples, magnifications and light unlike those of its training; as any network, it may draw noise as structure, and presets with a discriminator may invent more",
    source: {
      text: "Fuentes-Hurtado, Sibarita and Viasnoff, CLIDiM: Contrastive Learning for Image Denoising in Microscopy",
      url: "https://github.com/ffuhu/clidim-microscopy-image-denoising",
    },
  },
  space,
  target: "clean",
  members: batchMembers,
  cropFor,
  metrics: metricNames,
  shown: ({ weights }) => [
    { metric: "l1", label: "L1", digits: 4 },
    ...(weights.ssim > 0 ? [{ metric: "dssim", label: "DSSIM", digits: 4 }] : []),
    ...(weights.gan > 0
      ? [
          { metric: "gan", label: "GAN", digits: 2 },
          { metric: "discriminator", label: "D", digits: 2 },
        ]
      : []),
  ],
  init: initialState,
  phases,
  afterCollapse(configuration) {
    const { weights, contrastive } = configuration;
    const { gan, ...others } = weights;
    if (gan === 0 || Object.values(others).every((factor) => factor === 0)) {
      return halvedLearningRate(configuration);
    }
    const onDiscriminator = contrastive.mode === "disc";
    return {
      configuration: {
        ...configuration,
        weights: { ...weights, gan: 0 },
        ...(onDiscriminator && { contrastive: { ...contrastive, mode: "off" } }),
      },
      words: `without the adversarial term${onDiscriminator ? " and the contrastive one" : ""}`,
    };
  },
  variables: ({ generator: { params, stats }, average }) => average ?? { params, stats },
  template: (configuration) =>
    generatorOf(configuration).init(key(0), [
      1,
      configuration.crop,
      configuration.crop,
      inputChannels(configuration),
    ]),
  weights: ({ generator, discriminator, contrastive }) => ({
    generator: generator.params,
    ...(discriminator && { discriminator: discriminator.params }),
    heads: contrastive.heads,
  }),
  apply(configuration) {
    const generator = generatorOf(configuration);
    return (variables, x) => generator.apply(ofGenerator(variables), x, { train: false }).output;
  },
  sampled(configuration) {
    const { network, downs, dropout } = configuration;
    if (network !== "pix2pix") return mirroredAtRandom(clidim.apply(configuration));
    if (dropoutBlocks(configuration) === 0) {
      return `no dropout to make passes differ (downs ${downs}, dropout ${dropout}; it takes downs of at least 6 and dropout above 0)`;
    }
    const generator = generatorOf(configuration, { dropoutInEvaluation: true });
    return (variables, x, masks) =>
      generator.apply(ofGenerator(variables), x, { train: false, key: masks }).output;
  },
  geometry: (configuration) => ({
    multiple: 2 ** configuration.downs,
    bytesPerPixel: widestActivation(configuration),
  }),
};
