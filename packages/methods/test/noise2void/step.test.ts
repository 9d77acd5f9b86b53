import { compileTraining, initialTrainingState, readMetrics, resolveConfiguration } from "@clidim/denoise";
import {
  add,
  compile,
  flatten,
  full,
  key,
  mean,
  mul,
  normal,
  square,
  sub,
  type Tensor,
  type Tree,
  tensor,
  zeros,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { boxOf } from "../../src/blindSpots/blindSpots.js";
import type { NetworkTree } from "../../src/networks/networkTree.js";
import { noise2void } from "../../src/noise2void/method.js";
import type { Configuration } from "../../src/noise2void/schema.js";
import { noise2voidStep } from "../../src/noise2void/step.js";
import { moveStatistics } from "../../src/training/moveStatistics.js";
import type { NetworkState } from "../../src/training/networkState.js";

const small = { depth: 1, filters: 4, crop: 16, batch: 2, maskedPercent: 6, radius: 2, updates: 100 };
const configuration = resolveConfiguration(noise2void, "laptop", small);

const leaves = (tree: Tree<Tensor>): number[][] =>
  interpret(flatten(tree).leaves).map((leaf) => Array.from(leaf));

describe("noise2voidStep", () => {
  const update = (state: NetworkState, seed: number, learningRate = 1e-3) =>
    noise2voidStep({ ...configuration, learningRate })(
      state,
      { noisy: normal(key(8), [2, 16, 16, 1]) },
      { update: zeros([]), key: key(seed), lossScale: undefined },
    );

  it("the same key gives the same update, another one other blind spots", () => {
    const { state } = noise2void.init(configuration, 0);
    const [once, again, other] = [1, 1, 2].map((seed) => leaves(update(state, seed).state));
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  it("Adam's first update moves weights by the learning rate; statistics move without one", () => {
    const { state } = noise2void.init(configuration, 0);
    const weights = ({ params }: NetworkState) => Array.from(interpret([params.head!.conv!.weight!])[0]!);
    const [before, after] = [weights(state), weights(update(state, 1).state)];
    for (const [i, value] of after.entries()) expect(Math.abs(value - before[i]!)).toBeCloseTo(1e-3, 5);
    const still = update(state, 1, 0).state;
    expect(weights(still)).toEqual(before);
    expect(leaves(still.stats)).not.toEqual(leaves(state.stats));
  });

  it.each([
    [0, 1],
    [10, 0.5],
    [90, 0.1],
    [5000, 0.01],
  ])("after %i updates a batch has a weight of %f in the running statistics", (done, weight) => {
    const leaf = (x: number): NetworkTree => ({ down1: { norm1: { mean: tensor([x, -x]) } } });
    const moved = moveStatistics(leaf(1), leaf(3), full([], done)).down1!.norm1!.mean!;
    for (const [i, sign] of [1, -1].entries()) {
      expect(interpret([moved])[0]![i]).toBeCloseTo(sign * (1 + 2 * weight), 6);
    }
  });
});

describe("a training run", () => {
  it("with precision mixed takes its updates, and its losses are near those in f32", async () => {
    const lossOf = async (precision: "float32" | "mixed"): Promise<number> => {
      const own = resolveConfiguration(noise2void, "laptop", { ...small, precision, learningRate: 1e-9 });
      const run = compileTraining(noise2void, own);
      let state = initialTrainingState(noise2void, own, 1);
      for (let i = 0; i < 8; i++) state = await run(state, { noisy: normal(key(0), [2, 16, 16, 1]) }, i);
      const { means, count } = await readMetrics(state);
      // Until the loss scale has come down, updates are skipped.
      expect(count).toBeGreaterThan(precision === "mixed" ? 2 : 7);
      return means.loss!;
    };
    const full = await lossOf("float32");
    expect(Math.abs((await lossOf("mixed")) - full)).toBeLessThan(0.3 * full);
  });

  const side = 32;
  const scene = (): Tensor =>
    tensor(
      Array.from(
        { length: side * side },
        (_, i) => ((Math.floor(i / side / 8) + Math.floor((i % side) / 8)) % 2) * 2 - 1,
      ),
      { shape: [1, side, side, 1] },
    );
  const noisyOf = (seed: number): Tensor => add(scene(), mul(normal(key(seed), [8, side, side, 1]), 0.7));

  it.each([
    ["laptop", "uniform_withoutCP"],
    ["n2v2", "median"],
  ] as const)("%s learns to denoise from noisy images alone", async (preset, manipulator) => {
    const own: Configuration = resolveConfiguration(noise2void, preset, {
      ...small,
      kernel: 3,
      filters: 8,
      crop: side,
      batch: 8,
      updates: 80,
      learningRate: 5e-3,
      loss: "mse",
    });
    expect(own.manipulator).toBe(manipulator);
    const run = compileTraining(noise2void, own);
    const held = compile(noise2void.held!(own));
    const before = initialTrainingState(noise2void, own, 3);
    const heldBefore = await (
      await held(noise2void.variables(before.method), { noisy: noisyOf(5) }, key(0))
    ).loss.item();
    let state = initialTrainingState(noise2void, own, 3);
    for (let i = 0; i < 80; i++) state = await run(state, { noisy: noisyOf(100 + i) }, i);

    const variables = noise2void.variables(state.method);
    const { loss, pixels } = await held(variables, { noisy: noisyOf(5) }, key(0));
    const heldAfter = await loss.item();
    // Boxes at the border may have their spot outside.
    const boxes = Math.ceil(side / boxOf(own.maskedPercent)) ** 2;
    expect(await pixels.item()).toBeGreaterThan(boxes / 2);
    expect(await pixels.item()).toBeLessThanOrEqual(boxes * noisyOf(5).shape[0]!);
    // No network can predict the noise.
    expect(heldAfter).toBeGreaterThan(0.45);
    expect(heldAfter).toBeLessThan(0.8 * heldBefore);
    const output = noise2void.apply(own)(variables, noisyOf(5));
    const errorOf = async (x: Tensor) => mean(square(sub(x, scene()))).item();
    expect(await errorOf(noisyOf(5))).toBeCloseTo(0.49, 1);
    expect(await errorOf(output)).toBeLessThan(0.15);
  });
});
