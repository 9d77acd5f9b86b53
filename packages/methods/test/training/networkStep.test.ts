import { adam, exportStateDict, type Layer, mse } from "@clidim/nn";
import { full, key, mapTree, slice, stack, sub, type Tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { careLoss } from "../../src/care/method.js";
import { careNetwork } from "../../src/care/network.js";
import type { NetworkTree } from "../../src/networks/networkTree.js";
import { ppn2vUnet } from "../../src/networks/ppn2vUnet.js";
import { noise2noiseNetwork } from "../../src/noise2noise/network.js";
import { mixtureLogDensity } from "../../src/noiseLikelihood/mixtureLogDensity.js";
import { likelihoodLoss } from "../../src/pn2v/likelihoodLoss.js";
import type { NetworkState } from "../../src/training/networkState.js";
import { type AdamConfiguration, networkStep } from "../../src/training/networkStep.js";
import { filled, fixtureImages, projected } from "../networks/againstPytorch.js";
import reference from "../networks/pytorch.json" with { type: "json" };
import { fixtureMixture, fixtureUnits } from "../noiseLikelihood/fixtureNoise.js";
import { everyThird } from "../pn2v/everyThird.js";

const configuration: AdamConfiguration = {
  updates: 10,
  precision: "float32",
  learningRate: 1e-3,
  constantRate: 1,
  schedule: "linear",
  beta1: 0.9,
  beta2: 0.99,
};

const csbdeep = { network: "csbdeep", depth: 2, filters: 3, kernel: 5 } as const;
const members: readonly (readonly [
  keyof typeof reference,
  Layer<NetworkTree, NetworkTree>,
  (output: Tensor, target: Tensor) => Tensor,
])[] = [
  ["noise2noise", noise2noiseNetwork({ depth: 2, filters: 6 }), mse],
  [
    "ppn2v",
    ppn2vUnet({ depth: 2, filters: 3, outputs: 2 }),
    (output, target) => mse(slice(output, [0, 0, 0, 0], [2, 8, 12, 1]), target),
  ],
  [
    "pn2v",
    ppn2vUnet({ depth: 2, filters: 3, outputs: 5 }),
    (samples, target) =>
      likelihoodLoss(mixtureLogDensity(fixtureMixture, fixtureUnits), target, samples, everyThird(target)),
  ],
  ["csbdeep", careNetwork({ ...csbdeep, probabilistic: false }), (o, t) => careLoss("mae", o, t)],
  ["csbdeepLaplace", careNetwork({ ...csbdeep, probabilistic: true }), (o, t) => careLoss("laplace", o, t)],
];

describe("networkStep", () => {
  it.each(members)("%s: three updates are those of PyTorch's Adam", (name, network, lossOf) => {
    const { x, target } = fixtureImages();
    const step = networkStep(network, configuration, (apply, { noisy, clean }) =>
      lossOf(apply(noisy), clean!),
    );
    const { params, stats } = filled(network.init(key(0), x.shape));
    let state: NetworkState = { params, stats, optimizer: adam().init(params) };
    const losses: Tensor[] = [];
    for (let update = 0; update < 3; update++) {
      const context = { update: full([], update), key: key(0), lossScale: undefined };
      const after = step(state, { noisy: x, clean: target }, context);
      losses.push(after.metrics.loss!);
      state = after.state;
    }
    const moved = exportStateDict({ params: mapTree(sub, state.params, params), stats });
    const names = Object.keys(moved).toSorted();
    const [ofLosses, projections] = interpret([
      stack(losses, 0),
      stack(
        names.map((leaf) => projected(moved[leaf]!)),
        0,
      ),
    ]);
    const expected = reference[name].updates;
    for (const [i, loss] of expected.losses.entries()) {
      expect(Math.abs(ofLosses![i]! / loss - 1)).toBeLessThan(1e-5);
    }
    expect(names).toEqual(Object.keys(expected.moved));
    // Weights move by 1e-3 at most in each update.
    for (const [i, value] of Object.values(expected.moved).entries()) {
      expect(Math.abs(projections![i]! - value)).toBeLessThan(1e-3 * Math.abs(value) + 1e-6);
    }
  });
});
