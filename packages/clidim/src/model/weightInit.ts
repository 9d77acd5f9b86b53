import { type Initializer, initializers } from "@clidim/nn";

/** Weights of convolutions: N(0, 0.02^2), as pix2pix starts. */
export const convolutionInit: Initializer = initializers.normal({ std: 0.02 });

/** Scales of batch norms: N(1, 0.02^2). */
export const scaleInit: Initializer = initializers.normal({ mean: 1, std: 0.02 });
