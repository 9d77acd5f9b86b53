import { type Initializer, initializers, type Layer, layers } from "@clidim/nn";
import { add, mul, slice, type Tensor } from "@clidim/tensor";
import { type GeneratorBlock, generator } from "./generator.js";
import type { GeneratorTree } from "./generatorTree.js";
import type { UnetOptions } from "./unet.js";
import { keepingInit } from "./weightInit.js";

const biasInit = initializers.zeros;

/** Channels of level k of a `nafnet`, counted from 1, the outermost. */
export const nafnetWidth = (ngf: number, level: number): number => ngf * 2 ** (level - 1);

/** The simple gate (Chen et al. 2022, equation 4): [N, H, W, 2 C] -> [N, H, W, C], one half of the channels times the other. */
function simpleGate(x: Tensor): Tensor {
  const channels = x.shape[3]! / 2;
  const half = (start: number): Tensor =>
    slice(x, [0, 0, 0, start], [...x.shape.slice(0, 3), start + channels]);
  return mul(half(0), half(channels));
}

const gate = (): GeneratorBlock["layers"] => ({ gate: layers.lambda("simpleGate", simpleGate) });

/** 1 x 1. */
const pointwise = (out: number, weightInit: Initializer): GeneratorBlock["layers"][string] =>
  layers.conv2d({ out, kernel: 1, weightInit, biasInit });

/** The two parts of a block of `channels`, each of which is added to what it is given, and the sum. Their last weights are 0, so that a block begins as the identity, as by the published factors beta and gamma, which begin at 0. */
function nafBlock(name: string, channels: number): GeneratorBlock[] {
  const depthwise = { kernel: 3, padding: 1, biasInit } as const;
  const begin = { norm: layers.layerNorm(), expand: pointwise(2 * channels, keepingInit(channels)) };
  const end = { ...gate(), project: pointwise(channels, initializers.zeros) };
  return [
    {
      name: `${name}Space`,
      inputChannels: channels,
      layers: {
        ...begin,
        depthwise: layers.depthwiseConv2d({ ...depthwise, weightInit: keepingInit(3 ** 2) }),
        ...end,
      },
    },
    { name: `${name}Channels`, inputChannels: channels, layers: { ...begin, ...end } },
    // The level itself, by the name that features go by.
    { name, inputChannels: channels, layers: { same: layers.identity() } },
  ];
}

/**
 * A U-Net of blocks without an activation function, [N, H, W, inputChannels] -> [N, H, W, outputChannels], after NAFNet (Chen, Chu, Zhang and Sun 2022, Simple Baselines for Image Restoration), w_k = 2^(k-1) ngf:
 *
 *     B(x) = z + conv1x1(gate(conv1x1(norm(z)))), z = x + conv1x1(gate(depthwise3x3(conv1x1(norm(x)))))
 *     d_1 = conv4x4 stride 2 (x); n_k = B(d_k); d_{k+1} = conv2x2 stride 2 (n_k), to w_k and w_{k+1} channels
 *     u_N = n_N; u_k = B(n_k + up(u_{k+1})), up = convT2x2 stride 2 to w_k channels, or interpolation and conv1x1
 *     y = output(x, convT4x4 stride 2 (u_1))
 *
 * norm is layer normalisation of the channels of each pixel, gate one half of twice as many channels times the other. Three things are not as published: the first level is at half resolution, as in `unet`; each level has one block on the way down and one up;
 * and there is no channel attention, as its means over all that a crop or tile shows would let a result depend on how the page is cut.
 */
export function nafnet(options: UnetOptions): Layer<GeneratorTree, GeneratorTree> {
  const { downs, ngf, inputChannels = 1, imageChannels = inputChannels, outputChannels = 1 } = options;
  const { upsampling = "transposed", output = "filtered" } = options;
  const width = (level: number): number => nafnetWidth(ngf, level);
  const levels = Array.from({ length: downs }, (_, i) => i + 1);
  const outer = levels.slice(0, -1);

  const down = levels.flatMap((level): GeneratorBlock[] => {
    const [kernel, padding] = level === 1 ? [4, 1] : [2, 0];
    const channels = level === 1 ? inputChannels : width(level - 1);
    const weightInit = keepingInit(kernel ** 2 * channels);
    return [
      {
        name: `halve${level}`,
        inputChannels: channels,
        layers: {
          conv: layers.conv2d({ out: width(level), kernel, stride: 2, padding, weightInit, biasInit }),
        },
      },
      ...nafBlock(`down${level}`, width(level)),
    ];
  });
  const up = outer.toReversed().flatMap((level): GeneratorBlock[] => {
    const [out, inner] = [width(level), width(level + 1)];
    const weightInit = keepingInit(inner);
    return [
      {
        name: `enlarge${level}`,
        inputChannels: inner,
        layers:
          upsampling === "transposed"
            ? { enlarged: layers.convTranspose2d({ out, kernel: 2, stride: 2, weightInit, biasInit }) }
            : { enlarged: layers.upsample2d({ mode: upsampling }), reduced: pointwise(out, weightInit) },
      },
      ...nafBlock(`up${level}`, out),
    ];
  });
  const head: GeneratorBlock = {
    name: "head",
    inputChannels: width(1),
    layers: {
      conv: layers.convTranspose2d({
        ...{ out: outputChannels, kernel: 4, stride: 2, padding: 1, biasInit },
        // A tenth of what keeps the variance, as in `unet`: the first outputs are nearly the filtered image.
        weightInit: initializers.normal({ std: 0.1 * Math.sqrt(1 / (4 * width(1))) }),
      }),
    },
  };

  return generator({
    kind: "nafnet",
    ...{ downs, inputChannels, imageChannels, outputChannels, output },
    blocks: [...down, ...up, head],
    lastValues(run, x) {
      const block = (name: string, given: Tensor): Tensor => {
        const spread = add(given, run(`${name}Space`, given));
        return run(name, add(spread, run(`${name}Channels`, spread)));
      };
      const skips: Tensor[] = [];
      for (const level of levels) {
        skips.push(block(`down${level}`, run(`halve${level}`, skips.at(-1) ?? x)));
      }
      let inner = skips.pop()!;
      for (const level of outer.toReversed()) {
        inner = block(`up${level}`, add(skips.pop()!, run(`enlarge${level}`, inner)));
      }
      return run("head", inner);
    },
  });
}
