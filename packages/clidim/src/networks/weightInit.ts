import { type Initializer, initializers } from "@clidim/nn";
import { tensor } from "@clidim/tensor";
import { gaussianWindow } from "../losses/gaussianWindow.js";

/** Weights of convolutions: N(0, 0.02^2), as pix2pix starts. */
export const convolutionInit: Initializer = initializers.normal({ std: 0.02 });

/** Scales of batch norms: N(1, 0.02^2). */
export const scaleInit: Initializer = initializers.normal({ mean: 1, std: 0.02 });

/** Keeps the variance of `inputs` values that are added, where no activation follows. */
export const keepingInit = (inputs: number): Initializer =>
  initializers.normal({ std: Math.sqrt(1 / inputs) });

/** A filter that blurs by a Gaussian with sigma 1 pixel: [K, K, C, C] each channel, [K, K, C, 1] the mean of all. */
export const blurInit: Initializer = (_key, shape) => {
  const [size = 1, , inputs = 1, outputs = 1] = shape;
  const window = gaussianWindow(size, 1);
  const share = (i: number): number => {
    if (inputs === outputs) return i % (inputs + 1) === 0 ? 1 : 0;
    return 1 / inputs;
  };
  const weights = window.flatMap((vertical) =>
    window.flatMap((horizontal) =>
      Array.from({ length: inputs * outputs }, (_, i) => vertical * horizontal * share(i)),
    ),
  );
  return tensor(weights, { shape });
};
