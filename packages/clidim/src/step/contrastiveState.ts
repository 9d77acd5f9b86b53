import { inputChannels } from "@clidim/denoise";
import { type AdamState, adam, type Layer, type None, type State } from "@clidim/nn";
import { foldIn, input, key as seed, type Tensor } from "@clidim/tensor";
import { discriminatorFeatures } from "../contrastive/discriminatorFeatures.js";
import { type HeadTree, projectionHead } from "../contrastive/projectionHead.js";
import { actingContrast } from "../contrastiveChoice.js";
import type { DiscriminatorVariables } from "../networks/discriminator.js";
import type { GeneratorTree, GeneratorVariables } from "../networks/generatorTree.js";
import { discriminatorOf, finestBlock, generatorOf } from "../networks/networks.js";
import type { Configuration } from "../schema.js";
import { generatorFeatures } from "./generatorFeatures.js";

/** Parameters of the projection heads by the features that they project; none where `projection` is "none". */
export type Heads = Readonly<Record<string, HeadTree>>;

/** What the contrastive term carries from update to update. Empty where there is none. */
export type ContrastiveState = {
  readonly heads: Heads;
  /** Adam's state of the heads, where they are trained. */
  readonly optimizer?: State<AdamState, Heads>;
  /** Adam's state of the generator while its encoder is trained alone; the generator's own starts after that. */
  readonly encoder?: State<AdamState, GeneratorTree>;
};

/** Units of the heads of patchnce, both layers (Park et al. 2020). */
const patchUnits = 256;
/** Dimensions of the other heads' embeddings. */
const embeddingUnits = 128;

/** The head for features with this many members, in the form that a mode has. */
export const headOf = (
  { mode }: Pick<Configuration["contrastive"], "mode">,
  features: number,
): Layer<HeadTree, None> =>
  mode === "patchnce"
    ? projectionHead(features, { hidden: patchUnits, out: patchUnits, slope: 0, bias: true })
    : projectionHead(features, { out: embeddingUnits });

/** Features projected by the head of that name; as they are where there is none. */
export function project(
  { mode, projection }: Pick<Configuration["contrastive"], "mode" | "projection">,
  heads: Heads,
  name: string,
  features: Tensor,
): Tensor {
  if (projection === "none") return features;
  const params = heads[name];
  if (!params)
    throw new Error(
      `contrastive: the state has no head for ${name}, only for ${Object.keys(heads).join(", ")}`,
    );
  return headOf({ mode }, features.shape.at(-1)!).apply({ params, stats: {} }, features, { train: true })
    .output;
}

/** Lengths of the features that the heads project, by name. Nothing is computed: shapes alone. */
function featureLengths(
  configuration: Configuration,
  generator: GeneratorVariables,
  discriminator: DiscriminatorVariables | undefined,
): Readonly<Record<string, number>> {
  const { contrastive, crop, batch, frames } = configuration;
  const { mode, feature } = contrastive;
  const images = (channels: number): Tensor => input([batch, crop, crop, channels], "f32");
  const encoded = (blocks: readonly string[]): Record<string, number> => {
    const features = generatorFeatures(
      generatorOf(configuration),
      generator,
      images(inputChannels(configuration)),
      blocks,
      seed(0),
    );
    return Object.fromEntries(blocks.map((block, i) => [block, features[i]!.shape[3]!]));
  };
  switch (mode) {
    case "off":
      return {};
    case "disc": {
      if (!discriminator)
        throw new Error("contrastive: mode disc needs a discriminator, and weights.gan is 0");
      const network = discriminatorOf(configuration);
      const { output } = discriminatorFeatures(network, discriminator, images(frames + 1), feature);
      return { [feature]: output.shape[1]! };
    }
    case "pretrain":
    case "joint":
    case "supcon":
      return encoded([contrastedBlock(configuration)]);
    case "patchnce":
      return encoded(patchBlocks(configuration));
    default:
      return mode satisfies never;
  }
}

/** What the modes that look at the generator go by. */
type Observed = Pick<Configuration, "network" | "downs" | "contrastive">;

/** The generator's block whose output modes pretrain, joint and supcon contrast: the innermost one on the way down, or that of the finest features. */
export const contrastedBlock = (configuration: Observed): string =>
  configuration.contrastive.feature === "finest" ? finestBlock(configuration) : `down${configuration.downs}`;

/** The blocks that patchnce compares: those on the way down, outermost first, or that of the finest features. */
export const patchBlocks = (configuration: Observed): string[] =>
  configuration.contrastive.feature === "finest"
    ? [finestBlock(configuration)]
    : Array.from({ length: configuration.contrastive.layers }, (_, i) => `down${i + 1}`);

/** Heads with fresh weights. */
export function initialContrastiveState(
  given: Configuration,
  key: Tensor,
  generator: GeneratorVariables,
  discriminator: DiscriminatorVariables | undefined,
): ContrastiveState {
  const contrastive = actingContrast(given.contrastive);
  const configuration: Configuration = { ...given, contrastive };
  const { mode, projection } = contrastive;
  const lengths = projection === "none" ? {} : featureLengths(configuration, generator, discriminator);
  const heads: Heads = Object.fromEntries(
    Object.entries(lengths).map(([name, length], i) => {
      const head = headOf(contrastive, length);
      return [name, head.init(foldIn(key, i), [1, length]).params];
    }),
  );
  const optimizer = adam();
  return {
    heads,
    ...(projection === "trained" && mode !== "off" && { optimizer: optimizer.init(heads) }),
    ...(mode === "pretrain" && { encoder: optimizer.init(generator.params) }),
  };
}
