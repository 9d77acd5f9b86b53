import {
  type Block,
  batchNorm,
  conv2d,
  convTranspose2d,
  dropout,
  initializers,
  type Layer,
  type LayerResult,
  namedBlocks,
  sequential,
  upsample2d,
} from "@clidim/nn";
import { concat, leakyRelu, relu, type Shape, type Tensor } from "@clidim/tensor";
import { checkInput } from "./checkInput.js";
import {
  checkOutput,
  filterBlock,
  filterParts,
  finishOutput,
  type GeneratorOutput,
} from "./generatorOutput.js";
import type { GeneratorTree } from "./generatorTree.js";
import type { LayerLeaves } from "./layerLeaves.js";
import type { Upsampling } from "./upsampling.js";
import { convolutionInit, scaleInit } from "./weightInit.js";

export interface Pix2pixGeneratorOptions {
  /** Blocks on each side; image sides must be multiples of 2^downs. */
  readonly downs: number;
  /** Channels of the outermost block; they double inwards up to 8 ngf. */
  readonly ngf: number;
  /** Default 1. */
  readonly inputChannels?: number;
  /** Default 1. */
  readonly outputChannels?: number;
  /**
   * How the way up doubles the extents. "transposed" (default): transposed convolutions. "bilinear", "nearest": that interpolation, the
   * image mirrored by one pixel, a 3 x 3 convolution with bias; less prone to checkerboards.
   */
  readonly upsampling?: Upsampling;
  /** What becomes of u_1, the outermost block's values; see `GeneratorOutput`. Default "tanh". */
  readonly output?: GeneratorOutput;
  /** Dropout rate of the blocks that have it: 5 to downs - 1, counted from the outermost. Default 0.5. */
  readonly dropout?: number;
  /** Dropout also where `train` is false, which then needs a key: Monte Carlo dropout. Default false. */
  readonly dropoutInEvaluation?: boolean;
}

/** The first block with dropout, counted from the outermost. */
const firstDropout = 5;

/** How many blocks of a generator have dropout. */
export const dropoutBlocks = ({
  downs,
  dropout,
}: {
  readonly downs: number;
  readonly dropout: number;
}): number => (dropout > 0 ? Math.max(0, downs - firstDropout) : 0);

/** `layer` as in training, whatever the context says. */
const alwaysTraining = <P, S>(layer: Layer<P, S>): Layer<P, S> => ({
  ...layer,
  apply: (variables, x, context) => layer.apply(variables, x, { ...context, train: true }),
});

type BlockTree = GeneratorTree[string];

const geometry = { kernel: 4, stride: 2, padding: 1, weightInit: convolutionInit } as const;

/** The layers of a block on the way up that double its extents. One that interpolates has a bias in every block. */
function doubling(
  upsampling: Upsampling,
  out: number,
  outermost: boolean,
): Record<string, Layer<LayerLeaves, LayerLeaves>> {
  const biasInit = initializers.zeros;
  switch (upsampling) {
    case "transposed":
      return { conv: convTranspose2d({ ...geometry, out, bias: outermost, biasInit }) };
    case "bilinear":
    case "nearest": {
      const kernel = { kernel: 3, padding: 1, paddingMode: "reflect" } as const;
      return {
        upsample: upsample2d({ mode: upsampling }),
        conv: conv2d({ ...kernel, out, weightInit: convolutionInit, biasInit }),
      };
    }
    default:
      return upsampling satisfies never;
  }
}

/**
 * The U-Net of pix2pix (Isola et al. 2017), [N, H, W, inputChannels] -> [N, H, W, outputChannels], in (-1, 1) unless `output` says otherwise.
 *
 *     d_1 = conv(x); d_k = norm(conv(leakyRelu(d_{k-1}, 0.2)))                       the innermost without norm
 *     u_N = norm(convT(relu(d_N))); u_k = dropout(norm(convT(relu([d_k, u_{k+1}]))))
 *     y = tanh(convT(relu([d_1, u_2])) + bias)
 *
 * All convolutions are 4 x 4 with stride 2 and padding 1, without bias but the last; see `upsampling` for another convT. Level k has ngf min(2^(k-1), 8) channels.
 * Weights start at N(0, 0.02^2), scales of the norms at N(1, 0.02^2). `output` "filtered" has a block `filter` beside these.
 */
export function pix2pixGenerator(options: Pix2pixGeneratorOptions): Layer<GeneratorTree, GeneratorTree> {
  const { downs, ngf, inputChannels = 1, outputChannels = 1, dropout: rate = 0.5 } = options;
  const { upsampling = "transposed", output: finalForm = "tanh" } = options;
  const { dropoutInEvaluation: always = false } = options;
  checkOutput("pix2pixGenerator", finalForm, inputChannels, outputChannels);
  const width = (level: number): number => ngf * Math.min(2 ** (level - 1), 8);
  const levels = Array.from({ length: downs }, (_, i) => i + 1);

  const list: Block<BlockTree, BlockTree>[] = [];
  const addBlock = (
    name: string,
    channels: number,
    parts: Record<string, Layer<LayerLeaves, LayerLeaves>>,
  ): void => {
    list.push({ name, layer: sequential(parts), inputChannels: channels });
  };
  for (const level of levels) {
    const hasNorm = level > 1 && level < downs;
    addBlock(`down${level}`, level === 1 ? inputChannels : width(level - 1), {
      conv: conv2d({ ...geometry, out: width(level), bias: false }),
      ...(hasNorm && { norm: batchNorm({ weightInit: scaleInit }) }),
    });
  }
  for (const level of levels.toReversed()) {
    const outermost = level === 1;
    addBlock(`up${level}`, level === downs ? width(level) : 2 * width(level), {
      ...doubling(upsampling, outermost ? outputChannels : width(level - 1), outermost),
      ...(!outermost && { norm: batchNorm({ weightInit: scaleInit }) }),
      ...(level >= firstDropout &&
        level < downs && { dropout: always ? alwaysTraining(dropout(rate)) : dropout(rate) }),
    });
  }
  if (finalForm === "filtered") addBlock(filterBlock, inputChannels, filterParts(outputChannels));

  const blocks = namedBlocks(list);

  const checkShape = (shape: Shape): void => checkInput("pix2pixGenerator", shape, inputChannels, downs);

  return {
    kind: "pix2pixGenerator",
    init: blocks.init,
    apply(variables, x, context): LayerResult<GeneratorTree> {
      checkShape(x.shape);
      const { run, stats } = blocks.start(variables, context);
      const skips: Tensor[] = [];
      for (const level of levels) {
        const outer = skips.at(-1);
        skips.push(run(`down${level}`, outer ? leakyRelu(outer, 0.2) : x));
      }
      let inner = run(`up${downs}`, relu(skips.pop()!));
      for (const level of levels.slice(0, -1).toReversed()) {
        inner = run(`up${level}`, relu(concat([skips.pop()!, inner], 3)));
      }
      return { output: finishOutput(finalForm, run, x, inner), stats };
    },
    outputShape(inputShape) {
      checkShape(inputShape);
      return inputShape.with(3, outputChannels);
    },
  };
}
