import { type Initializer, initializers, type Layer, layers } from "@clidim/nn";
import { concat, type Tensor } from "@clidim/tensor";
import { type GeneratorBlock, generator } from "./generator.js";
import type { GeneratorOutput } from "./generatorOutput.js";
import type { GeneratorTree } from "./generatorTree.js";
import type { Upsampling } from "./upsampling.js";
import { keepingInit } from "./weightInit.js";

export interface UnetOptions {
  /** Halvings; image sides must be multiples of 2^downs. */
  readonly downs: number;
  /** Channels of the outermost level, at half resolution. */
  readonly ngf: number;
  /** Default 1. */
  readonly inputChannels?: number;
  /** The first so many of them are images, which output "filtered" filters. Default: all. */
  readonly imageChannels?: number;
  /** Default 1. */
  readonly outputChannels?: number;
  /** How the way up doubles extents between its levels. Default "transposed". */
  readonly upsampling?: Upsampling;
  /** What becomes of the last values; see `GeneratorOutput`. Default "filtered". */
  readonly output?: GeneratorOutput;
}

/** Of the negative half. Without norms, plain ReLUs can be pushed below 0 by the first updates for good, all of a layer at once. */
const slope = 0.1;
const weightInit = initializers.kaimingNormal({ slope });
const biasInit = initializers.zeros;

/** Four by four pixels to every second: with 16 channels and more, nothing of the image is lost at half resolution. */
const strided = { kernel: 4, stride: 2, padding: 1, biasInit } as const;
/** Between levels, where channels grow with the halving. */
const halved = { kernel: 2, stride: 2, biasInit } as const;

/** A tenth of what keeps the variance of `channels`: the first outputs are nearly the filtered image, and the first updates do not have to take the network's values back. */
const faintInit = (channels: number): Initializer =>
  initializers.normal({ std: 0.1 * Math.sqrt(2 / (strided.kernel ** 2 * channels)) });

/** Channels of level k of a `unet`, counted from 1, the outermost. */
export const unetWidth = (ngf: number, level: number): number => ngf * level;

/**
 * A U-Net without normalisation whose first level is at half resolution, [N, H, W, inputChannels] -> [N, H, W, outputChannels]. C(n) is a 3 x 3 convolution to n channels
 * with bias and leaky ReLU l (slope 0.1), w_k = k ngf:
 *
 *     d_1 = C(w_1)(l(conv4x4 stride 2 (x))); d_k = C(w_k)(l(conv2x2 stride 2 (d_{k-1}))), both to w_k channels
 *     u_N = d_N; u_k = C(w_k)([up(u_{k+1}), d_k]), up = convT2x2 stride 2 to w_k channels, or interpolation
 *     y = output(x, convT4x4 stride 2 (u_1))
 *
 * The full resolution goes into the channels, 4 x 4 pixels of it into each, where a convolution costs a quarter: at equal time that is worth more than a level at full resolution
 * (docs/results.md), and `output` "filtered" has a path without a stride. Biases start at 0, weights at He's normal ones, those of the last convolution at a tenth of it.
 */
export function unet(options: UnetOptions): Layer<GeneratorTree, GeneratorTree> {
  const { downs, ngf, inputChannels = 1, imageChannels = inputChannels, outputChannels = 1 } = options;
  const { upsampling = "transposed", output = "filtered" } = options;
  const width = (level: number): number => unetWidth(ngf, level);
  const levels = Array.from({ length: downs }, (_, i) => i + 1);

  const convolved = (out: number): GeneratorBlock["layers"] => ({
    conv: layers.conv2d({ out, kernel: 3, padding: 1, weightInit, biasInit }),
    activation: layers.leakyRelu(slope),
  });
  const down = levels.map((level): GeneratorBlock => {
    const halving = level === 1 ? strided : halved;
    return {
      name: `down${level}`,
      inputChannels: level === 1 ? inputChannels : width(level - 1),
      layers: {
        halve: layers.conv2d({ ...halving, out: width(level), weightInit }),
        halveActivation: layers.leakyRelu(slope),
        ...convolved(width(level)),
      },
    };
  });
  const up = levels
    .slice(0, -1)
    .toReversed()
    .flatMap((level): GeneratorBlock[] => {
      const [outer, inner] = [width(level), width(level + 1)];
      const transposed = upsampling === "transposed";
      // Each pixel of the result comes from one of the inner level.
      const enlarged = transposed
        ? layers.convTranspose2d({ ...halved, out: outer, weightInit: keepingInit(inner) })
        : layers.upsample2d({ mode: upsampling });
      return [
        { name: `enlarge${level}`, inputChannels: inner, layers: { enlarged } },
        {
          name: `up${level}`,
          inputChannels: (transposed ? outer : inner) + outer,
          layers: convolved(outer),
        },
      ];
    });
  const head: GeneratorBlock = {
    name: "head",
    inputChannels: width(1),
    layers: {
      conv: layers.convTranspose2d({ ...strided, out: outputChannels, weightInit: faintInit(width(1)) }),
    },
  };

  return generator({
    kind: "unet",
    ...{ downs, inputChannels, imageChannels, outputChannels, output },
    blocks: [...down, ...up, head],
    lastValues(run, x) {
      const skips: Tensor[] = [];
      for (const level of levels) {
        skips.push(run(`down${level}`, skips.at(-1) ?? x));
      }
      let inner = skips.pop()!;
      for (const level of levels.slice(0, -1).toReversed()) {
        inner = run(`up${level}`, concat([run(`enlarge${level}`, inner), skips.pop()!], 3));
      }
      return run("head", inner);
    },
  });
}
