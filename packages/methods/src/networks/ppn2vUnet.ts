import {
  type Block,
  type Context,
  initializers,
  type Layer,
  type LayerResult,
  layers,
  namedBlocks,
} from "@clidim/nn";
import { add, conv2d as convolve, maxPool2d, mul, slice, type Tensor } from "@clidim/tensor";
import { checkImageSides } from "./imageSides.js";
import type { BlockTree, LayerLeaves, NetworkTree, NetworkVariables } from "./networkTree.js";

export interface Ppn2vUnetOptions {
  /** Halvings; image sides must be multiples of 2^depth. As published: 2. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. As published: 64. */
  readonly filters: number;
  /** Channels of the output. */
  readonly outputs: number;
}

/** The network, and its two parts: outputs can be computed where they are wanted alone, and some after others, so that they are never stored together. */
export interface Ppn2vUnet extends Layer<NetworkTree, NetworkTree> {
  /** All but the last convolution: [N,H,W,1] -> [N,H,W,filters]. */
  features(variables: NetworkVariables, x: Tensor, context: Context): Tensor;
  /** The outputs of features [...,filters], four dimensions in all, from number `first` to before `end`: [...,end - first]. */
  outputsOf(params: NetworkTree, features: Tensor, first: number, end: number): Tensor;
}

const weightInit = initializers.xavierNormal();
const biasInit = initializers.zeros;

/** What the published code multiplies the network's values by, so that weights of a fresh network's size reach the range of the images. */
const OUTPUT_SCALE = 10;

/** 3 x 3 convolution and ReLU, twice. */
function twoConvolutions(out: number): Layer<BlockTree, BlockTree> {
  const conv = () => layers.conv2d({ out, kernel: 3, padding: 1, weightInit, biasInit });
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = {
    conv1: conv(),
    relu1: layers.relu(),
    conv2: conv(),
    relu2: layers.relu(),
  };
  return layers.sequential(parts);
}

function single(name: string, layer: Layer<LayerLeaves, LayerLeaves>): Layer<BlockTree, BlockTree> {
  const parts: Record<string, Layer<LayerLeaves, LayerLeaves>> = { [name]: layer };
  return layers.sequential(parts);
}

/**
 * The U-Net that the authors of PPN2V (Prakash et al. 2020) compared Noise2Void, PN2V and CARE with, [N, H, W, 1] -> [N, H, W, outputs]. With f filters, D halvings and two 3 x 3 convolutions C(a) with ReLU, to a
 * channels:
 *
 *     d_1 = C(f)(x); d_k = C(2^(k-1) f)(maxPool(d_{k-1})), up to k = D + 1
 *     u_{D+1} = d_{D+1}; u_k = C(2^(k-1) f)(convT2x2 stride 2 (u_{k+1}) + d_k)      skips are added
 *     y = 10 (1x1 convolution of u_1)
 *
 * Weights of convolutions start as Glorot and Bengio's normal ones, biases at 0; transposed convolutions start as PyTorch's do. The blocks are `down1` ... `down(D+1)`, `enlargeD` and `upD` ... `enlarge1` and `up1`,
 * counted from the outermost, and `head`.
 */
export function ppn2vUnet({ depth, filters, outputs }: Ppn2vUnetOptions): Ppn2vUnet {
  const width = (level: number): number => filters * 2 ** (level - 1);
  const down = Array.from({ length: depth + 1 }, (_, i) => i + 1);
  const up = down.slice(0, -1).toReversed();
  const list: Block<BlockTree, BlockTree>[] = [
    ...down.map((level) => ({
      name: `down${level}`,
      inputChannels: level === 1 ? 1 : width(level - 1),
      layer: twoConvolutions(width(level)),
    })),
    ...up.flatMap((level) => [
      {
        name: `enlarge${level}`,
        inputChannels: width(level + 1),
        layer: single("conv", layers.convTranspose2d({ out: width(level), kernel: 2, stride: 2 })),
      },
      { name: `up${level}`, inputChannels: width(level), layer: twoConvolutions(width(level)) },
    ]),
    {
      name: "head",
      inputChannels: filters,
      layer: single("conv", layers.conv2d({ out: outputs, kernel: 1, weightInit, biasInit })),
    },
  ];
  const blocks = namedBlocks(list);
  type Run = ReturnType<typeof blocks.start>["run"];
  const trunk = (run: Run, x: Tensor): Tensor => {
    const levels: Tensor[] = [];
    for (const level of down) {
      const outer = levels.at(-1);
      levels.push(run(`down${level}`, outer ? maxPool2d(outer, { kernel: 2 }) : x));
    }
    let inner = levels.pop()!;
    for (const level of up) inner = run(`up${level}`, add(run(`enlarge${level}`, inner), levels.pop()!));
    return inner;
  };

  return {
    kind: "ppn2vUnet",
    init: blocks.init,
    apply(variables, x, context): LayerResult<NetworkTree> {
      checkImageSides("ppn2vUnet", x.shape, depth);
      const { run, stats } = blocks.start(variables, context);
      return { output: mul(run("head", trunk(run, x)), OUTPUT_SCALE), stats };
    },
    features(variables, x, context) {
      checkImageSides("ppn2vUnet", x.shape, depth);
      return trunk(blocks.start(variables, context).run, x);
    },
    outputsOf(params, features, first, end) {
      const { weight, bias } = params.head!.conv!;
      const y = convolve(features, slice(weight!, [0, 0, 0, first], [1, 1, filters, end]));
      return mul(add(y, slice(bias!, [first], [end])), OUTPUT_SCALE);
    },
    outputShape(inputShape) {
      checkImageSides("ppn2vUnet", inputShape, depth);
      return [...inputShape.slice(0, 3), outputs];
    },
  };
}
