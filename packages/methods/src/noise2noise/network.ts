import { type Block, initializers, type Layer, type LayerResult, layers, namedBlocks } from "@clidim/nn";
import { concat, maxPool2d, resizeNearest, type Tensor } from "@clidim/tensor";
import { checkImageSides } from "../networks/imageSides.js";
import type { BlockTree, LayerLeaves, NetworkTree } from "../networks/networkTree.js";

export interface Noise2NoiseNetworkOptions {
  /** Halvings; image sides must be multiples of 2^depth. As published: 5. */
  readonly depth: number;
  /** Channels of the way down. As published: 48. */
  readonly filters: number;
}

const SLOPE = 0.1;
/** He's normal weights for plain ReLUs, as published, and for the last layer, which is linear. */
const weightInit = initializers.kaimingNormal();
const lastWeightInit = initializers.kaimingNormal({ slope: 1 });
const biasInit = initializers.zeros;

const convolution = (out: number) => layers.conv2d({ out, kernel: 3, padding: 1, weightInit, biasInit });

/** 3 x 3 convolutions to so many channels, each with a leaky ReLU. */
function convolutions(...widths: readonly number[]): Layer<BlockTree, BlockTree> {
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {};
  for (const [i, width] of widths.entries()) {
    parts[`conv${i + 1}`] = convolution(width);
    parts[`relu${i + 1}`] = layers.leakyRelu(SLOPE);
  }
  return layers.sequential(parts);
}

/**
 * The U-Net of Noise2Noise (Lehtinen et al. 2018, table 2 of the appendix), [N, H, W, 1] -> [N, H, W, 1]. With f channels, D halvings and 3 x 3 convolutions C(a) to a channels, each with a leaky ReLU (slope 0.1):
 *
 *     p_0 = x; p_1 = maxPool(C(f)(C(f)(x))); p_k = maxPool(C(f)(p_{k-1})), up to k = D
 *     u_{D+1} = C(f)(p_D)                                                        the middle
 *     u_k = C(2 f)(C(2 f)([nearest(u_{k+1}), p_{k-1}])), down to k = 2
 *     u_1 = C(2/3 f)(C(4/3 f)([nearest(u_2), x]))                                rounded numbers
 *     y = 3x3 convolution of u_1
 *
 * No norms. Weights start as He's normal ones, biases at 0. The blocks are `down1` ... `downD`, `middle`, `upD` ... `up1`, counted from the outermost, and `head`.
 */
export function noise2noiseNetwork({
  depth,
  filters,
}: Noise2NoiseNetworkOptions): Layer<NetworkTree, NetworkTree> {
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  const last = Math.max(1, Math.round((2 / 3) * filters));
  const head: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv: layers.conv2d({ out: 1, kernel: 3, padding: 1, weightInit: lastWeightInit, biasInit }),
  };
  const up = levels.toReversed().map((level): Block<BlockTree, BlockTree> => {
    const inner = level === depth ? filters : 2 * filters;
    return level === 1
      ? {
          name: "up1",
          inputChannels: inner + 1,
          layer: convolutions(Math.round((4 / 3) * filters), last),
        }
      : {
          name: `up${level}`,
          inputChannels: inner + filters,
          layer: convolutions(2 * filters, 2 * filters),
        };
  });
  const blocks = namedBlocks([
    ...levels.map((level) => ({
      name: `down${level}`,
      inputChannels: level === 1 ? 1 : filters,
      layer: level === 1 ? convolutions(filters, filters) : convolutions(filters),
    })),
    { name: "middle", inputChannels: filters, layer: convolutions(filters) },
    ...up,
    { name: "head", inputChannels: last, layer: layers.sequential(head) },
  ]);

  return {
    kind: "noise2noiseNetwork",
    init: blocks.init,
    apply(variables, x, context): LayerResult<NetworkTree> {
      checkImageSides("noise2noiseNetwork", x.shape, depth);
      const { run, stats } = blocks.start(variables, context);
      const pooled: Tensor[] = [x];
      for (const level of levels) {
        pooled.push(maxPool2d(run(`down${level}`, pooled[level - 1]!), { kernel: 2 }));
      }
      let inner = run("middle", pooled[depth]!);
      for (const level of levels.toReversed()) {
        const skip = pooled[level - 1]!;
        const enlarged = resizeNearest(inner, [skip.shape[1]!, skip.shape[2]!]);
        inner = run(`up${level}`, concat([enlarged, skip], 3));
      }
      return { output: run("head", inner), stats };
    },
    outputShape(inputShape) {
      checkImageSides("noise2noiseNetwork", inputShape, depth);
      return inputShape;
    },
  };
}
