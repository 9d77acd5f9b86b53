import { valueAndGrad } from "@clidim/autograd";
import { resolveConfiguration } from "@clidim/denoise";
import { adam, exportStateDict } from "@clidim/nn";
import {
  add,
  cast,
  full,
  iota,
  key,
  mapTree,
  mean,
  mul,
  neg,
  reshape,
  sin,
  sizeOf,
  stack,
  sub,
  type Tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { gaussianLoss } from "../../src/losses/gaussianLoss.js";
import type { NetworkTree } from "../../src/networks/networkTree.js";
import { mixtureLogDensity } from "../../src/noiseLikelihood/mixtureLogDensity.js";
import type { NetworkState } from "../../src/training/networkState.js";
import { vae } from "../../src/vae/method.js";
import { ladderNetwork } from "../../src/variational/ladderNetwork.js";
import type { Normals } from "../../src/variational/normals.js";
import { type Reconstruction, variationalLoss } from "../../src/variational/variationalLoss.js";
import { variationalUpdate } from "../../src/variational/variationalMethod.js";
import { autoencoderNetwork, type VariationalNetwork } from "../../src/variational/variationalNetwork.js";
import { filled, fixtureImages, projected } from "../networks/againstPytorch.js";
import { fixtureMixture, fixtureUnits } from "../noiseLikelihood/fixtureNoise.js";
// From `variational` of ../networks/pytorchFixture.py.
import reference from "./pytorch.json" with { type: "json" };

const logDensity = mixtureLogDensity(fixtureMixture, fixtureUnits);
const mixture: Reconstruction = (x, s) => neg(mean(logDensity(x, s)));
const autoencoder = autoencoderNetwork({ depth: 2, filters: 3, latents: 2 });
const ladder = ladderNetwork({
  ...{ depth: 2, filters: 3, latents: 2, blocks: 2 },
  ...{ norm: "batch", dropout: 0, freeBits: 0.3 },
});
const members: readonly {
  readonly name: keyof typeof reference;
  readonly network: VariationalNetwork;
  readonly reconstruction: Reconstruction;
  readonly gain: number;
}[] = [
  { name: "divnoising", network: autoencoder, reconstruction: mixture, gain: 2 },
  // Of the fixture's four divergences, those of two images at two levels, one is below what is free.
  { name: "hdn", network: ladder, reconstruction: mixture, gain: 0.8 },
  { name: "vae", network: autoencoder, reconstruction: gaussianLoss, gain: 2 },
];

/** In the fixture, what is drawn is a sine. */
const normals: Normals = (shape) =>
  mul(sin(add(mul(cast(reshape(iota([sizeOf(shape)], 0), shape), "f32"), 0.8), 0.2)), 1.5);

const { x } = fixtureImages();

function expectClose(values: ArrayLike<number>, torch: readonly number[], relative: number): void {
  expect(values).toHaveLength(torch.length);
  for (const [i, value] of torch.entries()) {
    expect(Math.abs(values[i]! - value)).toBeLessThan(relative * (Math.abs(value) + 1e-3));
  }
}

describe.each(members)(
  "$name, with given values for what is drawn, as PyTorch has it",
  ({ name, network, reconstruction, gain }) => {
    const expected = reference[name];
    const { params, stats } = filled(network.init(key(0), x.shape), gain);

    it("signals, loss and gradients", () => {
      const { value, grads } = valueAndGrad(
        (given: NetworkTree) =>
          variationalLoss(network, reconstruction, { params: given, stats }, x, {
            ...{ normals, weight: 1, context: { train: true } },
          }).loss,
      )(params);
      const { signals } = network.posterior({ params, stats }, x, { train: true })(normals, 1);
      const ofTorch = exportStateDict({ params: grads, stats: {} });
      const names = Object.keys(ofTorch).toSorted();
      const projections = names.map((leaf) => projected(ofTorch[leaf]!));
      const [loss, output, gradients] = interpret([value, signals, stack(projections, 0)]);
      expectClose(
        Array.from(output!).filter((_, i) => i % 7 === 0),
        expected.output,
        2e-5,
      );
      expectClose([loss![0]!], [expected.loss], 2e-5);
      expect(names).toEqual(Object.keys(expected.gradients));
      expectClose(gradients!, Object.values(expected.gradients), 2e-5);
    });

    it("three updates by Adam", () => {
      const configuration = resolveConfiguration(vae, "laptop", {
        ...{ updates: 10, constantRate: 1, learningRate: 1e-3, beta1: 0.9, beta2: 0.99, klAnnealing: 0 },
      });
      const update = variationalUpdate(configuration, network, reconstruction);
      let state: NetworkState = { params, stats, optimizer: adam().init(params) };
      const losses: Tensor[] = [];
      for (let done = 0; done < 3; done++) {
        const after = update(state, { noisy: x }, { update: full([], done) }, normals);
        losses.push(after.metrics.loss!);
        state = after.state;
      }
      const moved = exportStateDict({ params: mapTree(sub, state.params, params), stats: {} });
      const names = Object.keys(moved).toSorted();
      const projections = names.map((leaf) => projected(moved[leaf]!));
      const [ofLosses, ofWeights] = interpret([stack(losses, 0), stack(projections, 0)]);
      expectClose(ofLosses!, expected.updates.losses, 1e-5);
      expect(names).toEqual(Object.keys(expected.updates.moved));
      // Weights move by 1e-3 at most in each update.
      expectClose(ofWeights!, Object.values(expected.updates.moved), 1e-3);
    });
  },
);
