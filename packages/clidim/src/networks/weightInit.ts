import { type Initializer, initializers } from "@clidim/nn";
import { tensor } from "@clidim/tensor";
import { gaussianWindow } from "../losses/gaussianWindow.js";

/** Weights of convolutions: N(0, 0.02^2), as pix2pix starts. */
export const convolutionInit: Initializer = initializers.normal({ std: 0.02 });

/** Scales of batch norms: N(1, 0.02^2). */
export const scaleInit: Initializer = initializers.normal({ mean: 1, std: 0.02 });

/** A filter [K, K, C, C] that blurs each channel by a Gaussian with sigma 1 pixel. */
export const blurInit: Initializer = (_key, shape) => {
  const [size = 1, , , channels = 1] = shape;
  const window = gaussianWindow(size, 1);
  const weights = window.flatMap((vertical) =>
    window.flatMap((horizontal) =>
      Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? vertical * horizontal : 0)),
    ),
  );
  return tensor(weights, { shape });
};
