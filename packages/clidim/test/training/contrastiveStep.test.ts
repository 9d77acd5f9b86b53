import { initialTrainingState, resolveConfiguration, scaledOptimizer } from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { key, leavesWithPaths, split, type Tensor, type Tree, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { discriminatorOf } from "../../src/networks/networks.js";
import { contrastiveStep } from "../../src/step/contrastiveStep.js";
import {
  type Moments,
  type PlainImage,
  plainDiscriminator,
  plainHead,
  plainInfoNce,
  plainView,
  type ViewDraws,
  type Weights,
} from "./plainContrast.js";
import { batchOf } from "./smallRun.js";

/** Trees of tensors as float64 arrays by path. */
function valuesOf(tree: Tree<Tensor>): Weights {
  const leaves = leavesWithPaths(tree);
  const values = interpret(leaves.map(([, leaf]) => leaf));
  return Object.fromEntries(leaves.map(([path], i) => [path, values[i]!]));
}

describe("the contrastive step as released, against plain loops", () => {
  const configuration = resolveConfiguration(clidim, "as-released", {
    downs: 5,
    ngf: 1,
    ndf: 1,
    crop: 32,
    batch: 2,
    normalization: { mode: "minmax", scope: "data" },
  });
  const { learningRate, beta1, beta2 } = configuration;
  const state = initialTrainingState(clidim, configuration, 5);
  const batch = { ...batchOf(configuration, 0), fake: batchOf(configuration, 1).noisy };
  const stepKey = key(12);
  const step = contrastiveStep(
    configuration,
    discriminatorOf(configuration),
    scaledOptimizer(adam({ learningRate, beta1, beta2 }), undefined),
    { network: state.method.discriminator!, contrastive: state.method.contrastive },
    batch,
    stepKey,
  );

  /** The draws of the four views, in the order of their use. */
  const draws = split(stepKey, 4).map((viewKey): ViewDraws => {
    const [mirrorKey, blurKey, cropKey] = split(viewKey, 3);
    const [areaKey, ratioKey, topKey, leftKey] = split(cropKey, 4);
    const [mirror, blur, area, ratio, top, left] = interpret([
      uniform(mirrorKey, [2]),
      uniform(blurKey, [1]),
      uniform(areaKey, [2, 10]),
      uniform(ratioKey, [2, 10]),
      uniform(topKey, [2]),
      uniform(leftKey, [2]),
    ]) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    return { mirror, blur: blur[0]!, area, ratio, top, left };
  });
  const images = valuesOf(batch);
  const pairOf = (second: Float64Array): PlainImage => ({
    data: Float64Array.from({ length: 2 * second.length }, (_, i) =>
      i % 2 === 0 ? images.noisy![i / 2]! : second[(i - 1) / 2]!,
    ),
    batch: 2,
    size: 32,
    channels: 2,
  });
  // Query and key of the fakes, then of the clean images.
  const [fakes, reals] = [pairOf(images.fake!), pairOf(images.clean!)];
  const views = [fakes, fakes, reals, reals].map((pair, i) => plainView(pair, draws[i]!));
  const heads = valuesOf(state.method.contrastive.heads);
  const weights = valuesOf(state.method.discriminator!.params);

  function plainLoss(w: Weights): { loss: number; moments: Moments[][] } {
    const passes = views.map((view) => plainDiscriminator(view, w));
    const [fakeQueries, fakeKeys, realQueries, realKeys] = passes.map(({ logits }) =>
      logits.map((row) => plainHead(row, heads["logits.hidden.weight"]!, heads["logits.output.weight"]!)),
    ) as [number[][], number[][], number[][], number[][]];
    const loss = plainInfoNce([...fakeQueries, ...realQueries], [...fakeKeys, ...realKeys]);
    return { loss, moments: passes.map(({ moments }) => moments) };
  }
  const { loss, moments } = plainLoss(weights);

  it("the loss of 2B rows", () => {
    expect(configuration.contrastive).toMatchObject({ loss: "infonce", l2norm: false, projection: "frozen" });
    expect(heads["logits.output.weight"]!.length).toBe(4 * 128);
    expect(interpret([step.loss])[0]![0]).toBeCloseTo(loss, 9);
    expect(loss).toBeGreaterThan(0.1);
  });

  it("four updates of the running statistics: fakes, fakes, reals, reals", () => {
    const stats = valuesOf(step.network.stats);
    for (const layer of [2, 3, 4]) {
      let mean = moments[0]![layer - 2]!.mean.map(() => 0);
      let variance = mean.map(() => 1);
      for (const pass of moments) {
        const batchMoments = pass[layer - 2]!;
        const { count } = batchMoments;
        mean = mean.map((old, c) => 0.9 * old + 0.1 * batchMoments.mean[c]!);
        variance = variance.map(
          (old, c) => 0.9 * old + (0.1 * batchMoments.variance[c]! * count) / (count - 1),
        );
      }
      mean.forEach((value, c) => {
        expect(stats[`norm${layer}.mean`]![c]).toBeCloseTo(value, 9);
        expect(stats[`norm${layer}.variance`]![c]).toBeCloseTo(variance[c]!, 9);
      });
    }
  });

  it("one Adam step of D along the gradient of both branches, none of the head", () => {
    const after = valuesOf(step.network.params);
    const averages = valuesOf(step.network.optimizer);
    expect(averages.step![0]).toBe(1);
    expect(valuesOf(step.contrastive.heads)).toEqual(heads);
    const h = 1e-6;
    for (const [path, values] of Object.entries(weights)) {
      const gradient = values.map((value, i) => {
        const moved = (by: number): number =>
          plainLoss({ ...weights, [path]: values.with(i, value + by) }).loss;
        return (moved(h) - moved(-h)) / (2 * h);
      });
      const size = Math.max(...gradient.map(Math.abs));
      gradient.forEach((g, i) => {
        expect(Math.abs(averages[`m.${path}`]![i]! - 0.5 * g), path).toBeLessThan(1e-6 * (size + 1));
        expect(averages[`v.${path}`]![i]!, path).toBeCloseTo(0.001 * g * g, 7);
        if (Math.abs(g) > 1e-4) {
          const expected = values[i]! - (learningRate * g) / (Math.abs(g) + 1e-8);
          expect(after[path]![i], path).toBeCloseTo(expected, 7);
        }
      });
    }
  });
});
