import type { Affine, NoiseMixture } from "@clidim/imaging";

/** The mixture of `pytorchFixture.py`. */
export const fixtureMixture: NoiseMixture = {
  low: -0.4,
  high: 0.5,
  leastVariance: 0.03,
  mean: [
    [-0.05, 0.1],
    [0.02, 0],
  ],
  logVariance: [
    [Math.log(0.02), Math.log(0.05)],
    [Math.log(0.01), Math.log(0.2)],
  ],
  weight: [
    [0.3, -0.8],
    [0, 0.5],
  ],
};

/** Its network values. */
export const fixtureUnits: Affine = { scale: 2.5, offset: -0.3 };

/** The same with kinks where no value of a gradient check lies. */
export const betweenMixture: NoiseMixture = { ...fixtureMixture, low: -0.4137, high: 0.5731 };
