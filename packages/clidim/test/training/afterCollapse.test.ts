import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { formatShape, leavesWithPaths, type Tensor, type Tree, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { Configuration } from "../../src/schema.js";
import { batchOf } from "./smallRun.js";

const small = { downs: 3, ngf: 2, ndf: 2, crop: 32, batch: 3, updates: 100 } as const;
const configure = (changes: Readonly<Record<string, unknown>>): Configuration =>
  resolveConfiguration(clidim, "laptop", { ...small, ...changes });
const remedyOf = (configuration: Configuration) => clidim.afterCollapse!(configuration)!;
const shapesOf = (tree: Tree<Tensor>): object =>
  Object.fromEntries(leavesWithPaths(tree).map(([path, { shape }]) => [path, formatShape(shape)]));

describe("after a collapse", () => {
  it("leaves out the adversarial term, and the contrastive one on the discriminator with it", () => {
    const plain = configure({});
    expect(remedyOf(plain)).toEqual({
      configuration: { ...plain, weights: { ...plain.weights, gan: 0 } },
      words: "without the adversarial term",
    });
    const disc = configure({ contrastive: { mode: "disc" } });
    expect(remedyOf(disc)).toMatchObject({
      configuration: { weights: { gan: 0, l1: 100 }, contrastive: { mode: "off" } },
      words: "without the adversarial term and the contrastive one",
    });
    const joint = configure({ contrastive: { mode: "joint" } });
    expect(remedyOf(joint).configuration.contrastive).toEqual(joint.contrastive);
  });

  it("takes half the learning rate where there is no such term, or no other", () => {
    for (const weights of [{ gan: 0 }, { l1: 0, ssim: 0, tv: 0 }]) {
      const before = configure({ weights });
      const { configuration, words } = remedyOf(before);
      expect(configuration).toEqual({ ...before, learningRate: before.learningRate / 2 });
      expect(words).toBe("with half the learning rate");
    }
    const { configuration } = remedyOf(remedyOf(configure({})).configuration);
    expect(configuration).toMatchObject({
      weights: { gan: 0 },
      learningRate: configure({}).learningRate / 2,
    });
  });

  it("the states of before go on with it", () => {
    for (const contrastive of [{ mode: "off" }, { mode: "disc", maskOverlap: 1 }]) {
      const before = configure({ contrastive, emaDecay: 0.9, r1: 1, ganWarmup: 0.5 });
      const state = initialTrainingState(clidim, before, 1);
      const { configuration } = remedyOf(before);
      const update = trainingUpdate(configuration, clidim.phases(configuration).at(-1)!);
      const after = update({ ...state, update: tensor(50) }, batchOf(before, 50));
      expect(shapesOf(after)).toEqual(shapesOf(state));
    }
  });
});
