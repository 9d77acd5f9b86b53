import { type Ppn2vUnet, ppn2vUnet } from "../networks/ppn2vUnet.js";
import type { Configuration } from "./schema.js";

/** The U-Net of PPN2V, whose outputs are the samples of each pixel's prior. */
export const pn2vNetwork = ({
  depth,
  filters,
  samples,
}: Pick<Configuration, "depth" | "filters" | "samples">): Ppn2vUnet =>
  ppn2vUnet({ depth, filters, outputs: samples });
