import { resolveConfiguration } from "@clidim/denoise";
import { adam, exportStateDict } from "@clidim/nn";
import {
  eq,
  full,
  iota,
  key,
  mapTree,
  neg,
  rem,
  reshape,
  stack,
  sub,
  type Tensor,
  where,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { expect, it } from "vitest";
import { noise2void } from "../../src/noise2void/method.js";
import { noise2voidNetwork } from "../../src/noise2void/network.js";
import { maskedUpdate } from "../../src/noise2void/step.js";
import type { NetworkState } from "../../src/training/networkState.js";
import { filled, fixtureImages, projected } from "../networks/againstPytorch.js";
// From `noise2void` of ../networks/pytorchFixture.py.
import reference from "./pytorch.json" with { type: "json" };

it("three updates with given blind spots are PyTorch's: losses, weights, running statistics", () => {
  const configuration = resolveConfiguration(noise2void, "laptop", {
    ...{ depth: 2, filters: 3, kernel: 3, crop: 16, loss: "mae", structAxis: "none" },
    ...{ updates: 10, constantRate: 1, learningRate: 1e-3, beta1: 0.9, beta2: 0.99 },
  });
  const { x } = fixtureImages();
  const mask = reshape(eq(rem(iota([192], 0), 7), 3), x.shape);
  const spots = { input: where(mask, neg(x), x), mask };
  const update = maskedUpdate(configuration);
  const { params, stats } = filled(noise2voidNetwork(configuration).init(key(0), x.shape));
  let state: NetworkState = { params, stats, optimizer: adam().init(params) };
  const losses: Tensor[] = [];
  for (let done = 0; done < 3; done++) {
    const after = update(state, x, spots, { update: full([], done), lossScale: undefined });
    losses.push(after.metrics.loss!);
    state = after.state;
  }
  const moved = exportStateDict({ params: mapTree(sub, state.params, params), stats: state.stats });
  const of = (names: readonly string[]): Tensor =>
    stack(
      names.map((name) => projected(moved[name]!)),
      0,
    );
  const [weights, running] = [Object.keys(reference.moved), Object.keys(reference.running)];
  expect(Object.keys(moved).toSorted()).toEqual([...weights, ...running].toSorted());
  const [ofLosses, ofWeights, ofRunning] = interpret([stack(losses, 0), of(weights), of(running)]);
  const close = (values: ArrayLike<number>, torch: readonly number[], relative: number): void => {
    for (const [i, value] of torch.entries()) {
      expect(Math.abs(values[i]! - value)).toBeLessThan(relative * Math.abs(value) + 1e-6);
    }
  };
  close(ofLosses!, reference.losses, 1e-5);
  // Weights move by 1e-3 at most in each update.
  close(ofWeights!, Object.values(reference.moved), 1e-3);
  close(ofRunning!, Object.values(reference.running), 1e-4);
});
