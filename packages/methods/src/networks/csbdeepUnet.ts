import { type Block, initializers, type Layer, type LayerResult, layers, namedBlocks } from "@clidim/nn";
import { concat, maxPool2d, resizeNearest, type Tensor } from "@clidim/tensor";
import { checkImageSides } from "./imageSides.js";
import { maxBlurPool } from "./maxBlurPool.js";
import type { BlockTree, LayerLeaves, NetworkTree } from "./networkTree.js";

export interface CsbdeepUnetOptions {
  /** Halvings; image sides must be multiples of 2^depth. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** Side of the convolutions' kernels, odd. */
  readonly kernel: number;
  /** "batch": a batch norm before each ReLU, and convolutions without bias, which it would take away again. */
  readonly norm: "batch" | "none";
  /** Channels of the first convolution of each level on the way up: `filters` at all of them, or as many as on the way down. */
  readonly wayUp: "narrow" | "doubled";
  /** "blurred": `maxBlurPool`, so that the pooling's grid does not reach the output. */
  readonly pooling: "max" | "blurred";
  /** Whether the outermost level has a skip connection, by which the noise of single pixels can reach the output. */
  readonly outermostSkip: boolean;
  /** 1 x 1 convolutions at the end, each to a channel of the output, in this order. */
  readonly heads: readonly string[];
}

const weightInit = initializers.xavierUniform();
const biasInit = initializers.zeros;

/** Keras's epsilon. With momentum 1 the statistics after an application are those of its batch. */
const statistics = { momentum: 1, epsilon: 1e-3 } as const;

/** Convolution, batch norm where there is one, and ReLU, twice. */
function twoConvolutions(
  { kernel, norm }: CsbdeepUnetOptions,
  first: number,
  second: number,
): Layer<BlockTree, BlockTree> {
  const padding = (kernel - 1) / 2;
  const conv = (out: number) =>
    norm === "batch"
      ? layers.conv2d({ out, kernel, padding, bias: false, weightInit })
      : layers.conv2d({ out, kernel, padding, weightInit, biasInit });
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv1: conv(first),
    ...(norm === "batch" && { norm1: layers.batchNorm(statistics) }),
    relu1: layers.relu(),
    conv2: conv(second),
    ...(norm === "batch" && { norm2: layers.batchNorm(statistics) }),
    relu2: layers.relu(),
  };
  return layers.sequential(parts);
}

/**
 * The U-Net of the package CSBDeep, [N, H, W, 1] -> [N, H, W, heads], linear at the end. With f filters, D halvings and two convolutions C(a, b) with ReLU, of a and then b
 * channels:
 *
 *     d_1 = C(f, f)(x); d_k = C(2^(k-1) f, 2^(k-1) f)(pool(d_{k-1}))
 *     u_{D+1} = C(2^D f, 2^(D-1) f)(pool(d_D))                                  the middle
 *     u_k = C(2^(k-1) f, max(1, 2^(k-2)) f)([nearest(u_{k+1}), d_k])
 *     y = 1x1 convolutions of u_1, with bias
 *
 * `wayUp` "narrow", as the package n2v has it: u_k = C(f, max(1, 2^(k-2)) f)(...). Without `outermostSkip`, d_1 is left out of u_1. Weights start as Glorot and Bengio's uniform ones, biases at
 * 0. The blocks are `down1` ... `downD`, `middle`, `upD` ... `up1`, counted from the outermost, with `conv1`, `norm1`, `conv2`, `norm2`, and the heads with a `conv`. In training the statistics that come
 * out are those of the batch.
 */
export function csbdeepUnet(options: CsbdeepUnetOptions): Layer<NetworkTree, NetworkTree> {
  const { depth, filters, wayUp, pooling, outermostSkip, heads } = options;
  const pool = pooling === "blurred" ? maxBlurPool : (x: Tensor): Tensor => maxPool2d(x, { kernel: 2 });
  const width = (level: number): number => filters * 2 ** (level - 1);
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  const hasSkip = (level: number): boolean => level > 1 || outermostSkip;

  const list: Block<BlockTree, BlockTree>[] = [];
  const addBlock = (name: string, inputChannels: number, layer: Layer<BlockTree, BlockTree>): void => {
    list.push({ name, layer, inputChannels });
  };
  for (const level of levels) {
    addBlock(
      `down${level}`,
      level === 1 ? 1 : width(level - 1),
      twoConvolutions(options, width(level), width(level)),
    );
  }
  addBlock("middle", width(depth), twoConvolutions(options, width(depth + 1), width(depth)));
  for (const level of levels.toReversed()) {
    const first = wayUp === "doubled" ? width(level) : filters;
    const second = width(Math.max(1, level - 1));
    addBlock(`up${level}`, width(level) * (hasSkip(level) ? 2 : 1), twoConvolutions(options, first, second));
  }
  for (const name of heads) {
    const head: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
      conv: layers.conv2d({ out: 1, kernel: 1, weightInit, biasInit }),
    };
    addBlock(name, filters, layers.sequential(head));
  }

  const blocks = namedBlocks(list);

  return {
    kind: "csbdeepUnet",
    init: blocks.init,
    apply(variables, x, context): LayerResult<NetworkTree> {
      checkImageSides("csbdeepUnet", x.shape, depth);
      const { run, stats } = blocks.start(variables, context);
      const skips: Tensor[] = [];
      let inner = x;
      for (const level of levels) {
        const skip = run(`down${level}`, inner);
        skips.push(skip);
        inner = pool(skip);
      }
      inner = run("middle", inner);
      for (const level of levels.toReversed()) {
        const skip = skips[level - 1]!;
        const enlarged = resizeNearest(inner, [skip.shape[1]!, skip.shape[2]!]);
        inner = run(`up${level}`, hasSkip(level) ? concat([enlarged, skip], 3) : enlarged);
      }
      const outputs = heads.map((name) => run(name, inner));
      return { output: outputs.length === 1 ? outputs[0]! : concat(outputs, 3), stats };
    },
    outputShape(inputShape) {
      checkImageSides("csbdeepUnet", inputShape, depth);
      return [...inputShape.slice(0, 3), heads.length];
    },
  };
}
