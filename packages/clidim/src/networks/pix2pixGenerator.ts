import { initializers, type Layer, layers } from "@clidim/nn";
import { concat, leakyRelu, relu, type Tensor } from "@clidim/tensor";
import { type GeneratorBlock, generator } from "./generator.js";
import type { GeneratorOutput } from "./generatorOutput.js";
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
  /** The first so many of them are images, which output "filtered" filters. Default: all. */
  readonly imageChannels?: number;
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
      return { conv: layers.convTranspose2d({ ...geometry, out, bias: outermost, biasInit }) };
    case "bilinear":
    case "nearest": {
      const kernel = { kernel: 3, padding: 1, paddingMode: "reflect" } as const;
      return {
        upsample: layers.upsample2d({ mode: upsampling }),
        conv: layers.conv2d({ ...kernel, out, weightInit: convolutionInit, biasInit }),
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
  const {
    downs,
    ngf,
    inputChannels = 1,
    imageChannels = inputChannels,
    outputChannels = 1,
    dropout: rate = 0.5,
  } = options;
  const { upsampling = "transposed", output = "tanh" } = options;
  const { dropoutInEvaluation: always = false } = options;
  const width = (level: number): number => ngf * Math.min(2 ** (level - 1), 8);
  const levels = Array.from({ length: downs }, (_, i) => i + 1);

  const down = levels.map((level): GeneratorBlock => {
    const hasNorm = level > 1 && level < downs;
    return {
      name: `down${level}`,
      inputChannels: level === 1 ? inputChannels : width(level - 1),
      layers: {
        conv: layers.conv2d({ ...geometry, out: width(level), bias: false }),
        ...(hasNorm && { norm: layers.batchNorm({ weightInit: scaleInit }) }),
      },
    };
  });
  const up = levels.toReversed().map((level): GeneratorBlock => {
    const outermost = level === 1;
    return {
      name: `up${level}`,
      inputChannels: level === downs ? width(level) : 2 * width(level),
      layers: {
        ...doubling(upsampling, outermost ? outputChannels : width(level - 1), outermost),
        ...(!outermost && { norm: layers.batchNorm({ weightInit: scaleInit }) }),
        ...(level >= firstDropout &&
          level < downs && { dropout: always ? alwaysTraining(layers.dropout(rate)) : layers.dropout(rate) }),
      },
    };
  });

  return generator({
    kind: "pix2pixGenerator",
    ...{ downs, inputChannels, imageChannels, outputChannels, output },
    blocks: [...down, ...up],
    lastValues(run, x) {
      const skips: Tensor[] = [];
      for (const level of levels) {
        const outer = skips.at(-1);
        skips.push(run(`down${level}`, outer ? leakyRelu(outer, 0.2) : x));
      }
      let inner = run(`up${downs}`, relu(skips.pop()!));
      for (const level of levels.slice(0, -1).toReversed()) {
        inner = run(`up${level}`, relu(concat([skips.pop()!, inner], 3)));
      }
      return inner;
    },
  });
}
