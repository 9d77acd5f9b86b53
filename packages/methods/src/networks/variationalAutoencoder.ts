import { type Block, type Context, type Layer, layers, namedBlocks } from "@clidim/nn";
import { maxPool2d, type Tensor } from "@clidim/tensor";
import { checkImageSides } from "./imageSides.js";
import type { BlockTree, LayerLeaves, NetworkTree, NetworkVariables } from "./networkTree.js";

export interface VariationalAutoencoderOptions {
  /** Halvings; image sides must be multiples of 2^depth. As published: 2. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. As published: 32. */
  readonly filters: number;
  /** Channels of the code. As published: 64. */
  readonly latents: number;
}

/** Normal distributions of the values of a code, independent of each other: [N,H/2^depth,W/2^depth,latents] each. */
export interface Code {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

export interface VariationalAutoencoder extends Pick<Layer<NetworkTree, NetworkTree>, "init"> {
  /** Of images [N,H,W,1]. */
  encode(variables: NetworkVariables, x: Tensor, context: Context): Code;
  /** The signal [N,H,W,1] of the values of a code. */
  decode(variables: NetworkVariables, z: Tensor, context: Context): Tensor;
}

const convolution = (out: number) => layers.conv2d({ out, kernel: 3, padding: 1 });

/** 3 x 3 convolution and ReLU, twice, and what comes behind. */
function block(
  out: number,
  behind: Readonly<Record<string, Layer<LayerLeaves, LayerLeaves>>> = {},
): Layer<BlockTree, BlockTree> {
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv1: convolution(out),
    relu1: layers.relu(),
    conv2: convolution(out),
    relu2: layers.relu(),
    ...behind,
  };
  return layers.sequential(parts);
}

function single(out: number): Layer<BlockTree, BlockTree> {
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = { conv: convolution(out) };
  return layers.sequential(parts);
}

/**
 * The fully convolutional variational autoencoder of DivNoising (Prakash, Krull and Jug 2021). With f filters, D halvings, L latents, and two 3 x 3 convolutions C(a) with ReLU, to a channels:
 *
 *     e_0 = x; e_k = maxPool(C(2^(k-1) f)(e_{k-1}))
 *     mean = 3x3 convolution of e_D, logVariance = another, to L channels
 *     d_D = z; d_{k-1} = convT2x2 stride 2 (C(2^(k-1) f)(d_k)), as many channels
 *     s = 3x3 convolution of d_0
 *
 * Weights start as PyTorch's do. The blocks are `down1` ... `downD`, counted from the outermost, `mean`, `logVariance`, `upD` ... `up1` with `enlarge` behind the convolutions, and `head`.
 */
export function variationalAutoencoder({
  depth,
  filters,
  latents,
}: VariationalAutoencoderOptions): VariationalAutoencoder {
  const width = (level: number): number => filters * 2 ** (level - 1);
  const down = Array.from({ length: depth }, (_, i) => i + 1);
  const up = down.toReversed();
  const list: Block<BlockTree, BlockTree>[] = [
    ...down.map((level) => ({
      name: `down${level}`,
      inputChannels: level === 1 ? 1 : width(level - 1),
      layer: block(width(level)),
    })),
    { name: "mean", inputChannels: width(depth), layer: single(latents) },
    { name: "logVariance", inputChannels: width(depth), layer: single(latents) },
    ...up.map((level) => ({
      name: `up${level}`,
      inputChannels: level === depth ? latents : width(level + 1),
      layer: block(width(level), {
        enlarge: layers.convTranspose2d({ out: width(level), kernel: 2, stride: 2 }),
      }),
    })),
    { name: "head", inputChannels: filters, layer: single(1) },
  ];
  const blocks = namedBlocks(list);
  return {
    init: blocks.init,
    encode(variables, x, context) {
      checkImageSides("variationalAutoencoder", x.shape, depth);
      const { run } = blocks.start(variables, context);
      let inner = x;
      for (const level of down) inner = maxPool2d(run(`down${level}`, inner), { kernel: 2 });
      return { mean: run("mean", inner), logVariance: run("logVariance", inner) };
    },
    decode(variables, z, context) {
      const { run } = blocks.start(variables, context);
      let outer = z;
      for (const level of up) outer = run(`up${level}`, outer);
      return run("head", outer);
    },
  };
}
