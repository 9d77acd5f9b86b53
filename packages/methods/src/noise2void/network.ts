import type { Layer } from "@clidim/nn";
import { type CsbdeepUnetOptions, csbdeepUnet } from "../networks/csbdeepUnet.js";
import type { NetworkTree } from "../networks/networkTree.js";

export const networkNames = ["n2v", "n2v2"] as const;
/**
 * "n2v": max-pooling, a skip connection at every level. "n2v2" (Höck et al. 2022): `maxBlurPool` and none at the outermost level, so that neither the
 * pooling's grid nor the noise of single pixels reaches the output.
 */
export type NetworkName = (typeof networkNames)[number];

export type NetworkOptions = Pick<CsbdeepUnetOptions, "depth" | "filters" | "kernel"> & {
  readonly network: NetworkName;
};

const forms = {
  n2v: { wayUp: "narrow", pooling: "max", outermostSkip: true },
  n2v2: { wayUp: "doubled", pooling: "blurred", outermostSkip: false },
} as const satisfies Record<NetworkName, Partial<CsbdeepUnetOptions>>;

/** The U-Net of the package n2v, with batch norms, [N, H, W, 1] -> [N, H, W, 1]. */
export const noise2voidNetwork = ({
  network,
  depth,
  filters,
  kernel,
}: NetworkOptions): Layer<NetworkTree, NetworkTree> =>
  csbdeepUnet({ depth, filters, kernel, norm: "batch", ...forms[network], heads: ["head"] });
