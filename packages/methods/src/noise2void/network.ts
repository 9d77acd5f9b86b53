import {
  type Block,
  batchNorm,
  conv2d,
  initializers,
  type Layer,
  type LayerResult,
  namedBlocks,
  relu,
  sequential,
  type Variables,
} from "@clidim/nn";
import { concat, formatShape, maxPool2d, resizeNearest, type Shape, type Tensor } from "@clidim/tensor";
import { maxBlurPool } from "./maxBlurPool.js";

export const networkNames = ["n2v", "n2v2"] as const;
/**
 * "n2v": max-pooling, a skip connection at every level. "n2v2" (Höck et al. 2022): `maxBlurPool` and none at the outermost level, so that neither the
 * pooling's grid nor the noise of single pixels reaches the output.
 */
export type NetworkName = (typeof networkNames)[number];

export interface NetworkOptions {
  readonly network: NetworkName;
  /** Halvings; image sides must be multiples of 2^depth. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** Side of the convolutions' kernels, odd. */
  readonly kernel: number;
}

/** The tensors of one simple layer by name: `weight`, `bias`; `mean`, `variance`. */
type LayerLeaves = Readonly<Record<string, Tensor>>;

/** Per block (`down1` ... `downN`, `middle`, `upN` ... `up1`, counted from the outermost, and `head`) its `conv1`, `norm1`, `conv2`, `norm2`; the head has a `conv`. */
export type NetworkTree = Readonly<Record<string, Readonly<Record<string, LayerLeaves>>>>;

/** Parameters and running statistics of the network. */
export type NetworkVariables = Variables<NetworkTree, NetworkTree>;

type BlockTree = NetworkTree[string];

const weightInit = initializers.xavierUniform();

/** Keras's epsilon. With momentum 1 the statistics after an application are those of its batch; `moveStatistics` averages them. */
const statistics = { momentum: 1, epsilon: 1e-3 } as const;

/** Convolution, batch norm and ReLU, twice. */
function twoConvolutions(kernel: number, first: number, second: number): Layer<BlockTree, BlockTree> {
  // Batch norm subtracts what a bias would add.
  const conv = (out: number) => conv2d({ out, kernel, padding: (kernel - 1) / 2, bias: false, weightInit });
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv1: conv(first),
    norm1: batchNorm(statistics),
    relu1: relu(),
    conv2: conv(second),
    norm2: batchNorm(statistics),
    relu2: relu(),
  };
  return sequential(parts);
}

/**
 * The U-Net of the package n2v (that of CSBDeep, but for the narrower way up), [N, H, W, 1] -> [N, H, W, 1], linear at the end. With f filters, D halvings and
 * two convolutions C(a, b) with batch norm and ReLU, of a and then b channels:
 *
 *     d_1 = C(f, f)(x); d_k = C(2^(k-1) f, 2^(k-1) f)(pool(d_{k-1}))
 *     u_{D+1} = C(2^D f, 2^(D-1) f)(pool(d_D))                                  the middle
 *     u_k = C(f, max(1, 2^(k-2)) f)([nearest(u_{k+1}), d_k])
 *     y = 1x1 convolution of u_1, with bias
 *
 * "n2v2" has u_k = C(2^(k-1) f, max(1, 2^(k-2)) f) and leaves d_1 out of u_1. Weights start as Glorot and Bengio's uniform ones. The convolutions have no bias, which
 * a batch norm would take away again. In training the statistics that come out are those of the batch.
 */
export function noise2voidNetwork(options: NetworkOptions): Layer<NetworkTree, NetworkTree> {
  const { network, depth, filters, kernel } = options;
  const multiple = 2 ** depth;
  const blurred = network === "n2v2";
  const pool = blurred ? maxBlurPool : (x: Tensor): Tensor => maxPool2d(x, { kernel: 2 });
  const width = (level: number): number => filters * 2 ** (level - 1);
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  const hasSkip = (level: number): boolean => level > 1 || !blurred;

  const list: Block<BlockTree, BlockTree>[] = [];
  const addBlock = (name: string, inputChannels: number, layer: Layer<BlockTree, BlockTree>): void => {
    list.push({ name, layer, inputChannels });
  };
  for (const level of levels) {
    addBlock(
      `down${level}`,
      level === 1 ? 1 : width(level - 1),
      twoConvolutions(kernel, width(level), width(level)),
    );
  }
  addBlock("middle", width(depth), twoConvolutions(kernel, width(depth + 1), width(depth)));
  for (const level of levels.toReversed()) {
    const first = blurred ? width(level) : filters;
    const second = width(Math.max(1, level - 1));
    addBlock(`up${level}`, width(level) * (hasSkip(level) ? 2 : 1), twoConvolutions(kernel, first, second));
  }
  const head: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv: conv2d({ out: 1, kernel: 1, weightInit, biasInit: initializers.zeros }),
  };
  addBlock("head", filters, sequential(head));

  const blocks = namedBlocks(list);

  const checkShape = (shape: Shape): void => {
    const [, height = 0, across = 0, channels] = shape;
    if (shape.length === 4 && channels === 1 && height % multiple === 0 && across % multiple === 0) return;
    throw new Error(
      `noise2voidNetwork: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = ${multiple}, ` +
        `got ${formatShape(shape)}; pad the image`,
    );
  };

  return {
    kind: "noise2voidNetwork",
    init: blocks.init,
    apply(variables, x, context): LayerResult<NetworkTree> {
      checkShape(x.shape);
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
      return { output: run("head", inner), stats };
    },
    outputShape(inputShape) {
      checkShape(inputShape);
      return inputShape;
    },
  };
}
