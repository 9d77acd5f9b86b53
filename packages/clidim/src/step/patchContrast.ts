import type { Layer } from "@clidim/nn";
import {
  add,
  arange,
  cast,
  concat,
  floor,
  foldIn,
  mul,
  reshape,
  type Tensor,
  take,
  uniform,
  zeros,
} from "@clidim/tensor";
import { patchNce } from "../contrastive/patchNce.js";
import type { GeneratorTree, GeneratorVariables } from "../networks/generatorTree.js";
import type { Configuration } from "../schema.js";
import { type Heads, patchBlocks, project } from "./contrastiveState.js";
import { generatorFeatures } from "./generatorFeatures.js";

/**
 * The loss of mode patchnce: the generator's view of the output, at some places of each of its encoder's outer blocks or of its finest features, must be recognisable among its
 * view of the input as that of the same place of the same image. `inputFeatures` are the blocks' outputs for the noisy images, in the order of
 * `patchBlocks`; they are constants. The mean over the blocks. Running statistics stay as they are.
 *
 * The places are the same for all images of a batch: one drawn in each of `patches` equal parts of the image in row-major order, or all of
 * them where there are no more. With several frames the output is seen as that many captures, all of them without noise, as a noise level map says.
 */
export function patchContrast(
  configuration: Configuration,
  generator: Layer<GeneratorTree, GeneratorTree>,
  variables: GeneratorVariables,
  heads: Heads,
  { fake, inputFeatures }: { readonly fake: Tensor; readonly inputFeatures: readonly Tensor[] },
  key: Tensor,
): Tensor {
  const { contrastive, frames, noiseLevelMap } = configuration;
  const { patches, temperature, l2norm } = contrastive;
  const blocks = patchBlocks(configuration);
  const level = noiseLevelMap ? [zeros(fake.shape)] : [];
  const captures = [...Array<Tensor>(frames).fill(fake), ...level];
  const seen = captures.length > 1 ? concat(captures, 3) : fake;
  const outputFeatures = generatorFeatures(generator, variables, seen, blocks, key);
  const losses = blocks.map((block, i) => {
    const [ofOutput, ofInput] = [outputFeatures[i]!, inputFeatures[i]!];
    const [batch = 0, height = 0, width = 0, channels = 0] = ofOutput.shape;
    const places = drawPlaces(foldIn(key, i), height * width, patches);
    const embed = (features: Tensor): Tensor =>
      project(
        contrastive,
        heads,
        block,
        take(reshape(features, [batch, height * width, channels]), places, 1),
      );
    return patchNce(embed(ofOutput), embed(ofInput), { temperature, l2norm });
  });
  return mul(losses.reduce(add), 1 / blocks.length);
}

/** Different positions below `extent` (i32), at most `most` of them. */
function drawPlaces(key: Tensor, extent: number, most: number): Tensor {
  if (extent <= most) return arange(extent);
  // Part i reaches from floor(i extent / most) on; extent stays far below 2^24, where f32 has all whole numbers.
  const position = mul(add(arange(most, "f32"), uniform(key, [most])), extent / most);
  return cast(floor(position), "i32");
}
