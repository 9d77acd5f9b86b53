import type { Layer } from "@clidim/nn";
import { add, concat, type Shape, slice, softplus, type Tensor } from "@clidim/tensor";
import { csbdeepUnet } from "../networks/csbdeepUnet.js";
import type { NetworkTree } from "../networks/networkTree.js";
import { ppn2vUnet } from "../networks/ppn2vUnet.js";

export const networkNames = ["csbdeep", "ppn2v"] as const;
/** "csbdeep": what the package CSBDeep trains, the image plus a U-Net of it. "ppn2v": the U-Net that the authors of PPN2V compared CARE with, no residual. */
export type NetworkName = (typeof networkNames)[number];

export interface CareNetworkOptions {
  readonly network: NetworkName;
  readonly depth: number;
  readonly filters: number;
  /** Of "csbdeep"; "ppn2v" has 3. */
  readonly kernel: number;
  /** Whether it says, for each pixel, how wide the distribution of the clean value is; "csbdeep" alone can. */
  readonly probabilistic: boolean;
}

/** What CSBDeep adds to scales, in network values, so that none is 0. */
const SMALLEST_SCALE = 1e-3;

/** One channel of [N,H,W,C]. */
export function channelOf(images: Tensor, channel: number): Tensor {
  const [n, height, width] = images.shape as readonly [number, number, number, number]; // as networks give them
  return slice(images, [0, 0, 0, channel], [n, height, width, channel + 1]);
}

/**
 * The network of CARE, [N, H, W, 1] -> [N, H, W, 1]; with `probabilistic` [N, H, W, 2]: the centre and the scale of Laplace's distribution of each clean value. With U the U-Net of CSBDeep without norms, whose channels double on both ways,
 *
 *     "csbdeep"   centre = x + U(x)_1; scale = softplus(U(x)_2) + 0.001
 */
export function careNetwork(options: CareNetworkOptions): Layer<NetworkTree, NetworkTree> {
  const { network, depth, filters, kernel, probabilistic } = options;
  if (network === "ppn2v") {
    if (probabilistic) throw new Error("careNetwork: ppn2v has no scale; choose csbdeep");
    return ppn2vUnet({ depth, filters, outputs: 1 });
  }
  const unet = csbdeepUnet({
    ...{ depth, filters, kernel },
    ...{ norm: "none", wayUp: "doubled", pooling: "max", outermostSkip: true },
    heads: probabilistic ? ["head", "scale"] : ["head"],
  });
  return {
    ...unet,
    kind: "careNetwork",
    apply(variables, x, context) {
      const { output, stats } = unet.apply(variables, x, context);
      if (!probabilistic) return { output: add(x, output), stats };
      const centre = add(x, channelOf(output, 0));
      const scale = add(softplus(channelOf(output, 1)), SMALLEST_SCALE);
      return { output: concat([centre, scale], 3), stats };
    },
    outputShape: (shape: Shape) => unet.outputShape(shape),
  };
}
