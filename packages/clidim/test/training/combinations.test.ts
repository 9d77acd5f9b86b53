import type { PairBatch } from "@clidim/denoise";
import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { leavesWithPaths, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { batchOf } from "./smallRun.js";

const small = { downs: 2, ngf: 1, ndf: 1, crop: 32, batch: 3, updates: 10 } as const;
const modes = ["disc", "pretrain", "joint", "supcon", "patchnce"] as const;
const losses = ["infonce", "ntxent"] as const;
const projections = ["frozen", "trained", "none"] as const;
const features = ["logits", "penultimate", "bottleneck", "finest"] as const;

const configure = (contrastive: Readonly<Record<string, unknown>>) =>
  resolveConfiguration(clidim, "laptop", { ...small, contrastive });

/** Everything that any mode asks for. */
const batch = (update: number): PairBatch => ({
  ...batchOf(configure({ mode: "off" }), update),
  capture: batchOf(configure({ mode: "off" }), update + 50).noisy,
  scenes: tensor(new Int32Array([4, 1, 4])),
  corners: tensor(new Int32Array([0, 0, 0, 0, 5, 3]), { shape: [3, 2] }),
  noise: tensor(new Float32Array(12).fill(0.02), { shape: [2, 3, 2] }),
  levels: tensor(new Int32Array([0, 1, 0, 0, 1, 1]), { shape: [2, 3] }),
});

interface Combination {
  readonly mode: (typeof modes)[number];
  readonly loss: (typeof losses)[number];
  readonly projection: (typeof projections)[number];
  readonly feature: (typeof features)[number];
}
const combinations: Combination[] = modes.flatMap((mode) =>
  losses.flatMap((loss) =>
    projections.flatMap((projection) => features.map((feature) => ({ mode, loss, projection, feature }))),
  ),
);
const onGenerator = ({ feature }: Combination): boolean => feature === "bottleneck" || feature === "finest";
/** Mode disc looks at the discriminator, patchnce at blocks of its own choice or the finest features, and the others at the bottleneck or these. */
const allowed = (combination: Combination): boolean =>
  combination.mode === "patchnce" || (combination.mode === "disc") !== onGenerator(combination);
/** Patchnce and supcon have one loss, and the discriminator's features are nothing to patchnce: more combinations of them would be the same again. */
const different = ({ loss, ...combination }: Combination): boolean =>
  (combination.mode !== "patchnce" || onGenerator({ loss, ...combination })) &&
  ((combination.mode !== "patchnce" && combination.mode !== "supcon") || loss === "ntxent");

describe("every combination of mode, loss, projection and feature", () => {
  it.each(modes)("trains in mode %s, with finite losses", (mode) => {
    const chosen = combinations.filter((all) => all.mode === mode && allowed(all) && different(all));
    expect(chosen).toHaveLength({ disc: 12, pretrain: 12, joint: 12, supcon: 6, patchnce: 6 }[mode]);
    for (const [i, combination] of chosen.entries()) {
      // The remaining switches, each on and off somewhere.
      const switches = {
        l2norm: i % 2 === 0,
        includeFakes: i % 3 > 0,
        captures: i % 2 === 0,
        maskOverlap: i % 3 === 0 ? 1 : 0.5,
        labels: mode === "supcon" && i % 2 === 1 ? "noise" : "scene",
        augmentation:
          mode === "supcon" ? "unresampled" : (["unresampled", "renoised", "released"] as const)[i % 3],
        layers: 1,
        patches: 8,
        pretrainUpdates: 1,
      };
      const configuration = configure({ ...combination, ...switches });
      const phases = clidim.phases(configuration);
      let state = initialTrainingState(clidim, configuration, i);
      for (let update = 0; update < 2; update++) {
        const phase = phases.findLast(({ from }) => from <= update)!; // the first is from 0
        state = trainingUpdate(configuration, phase)(state, batch(update));
      }
      // Two updates as one graph in float64: devices compile for many seconds what they run once.
      const sums = leavesWithPaths(state.metrics.sums);
      const values = interpret(sums.map(([, leaf]) => leaf));
      const name = JSON.stringify({ ...combination, ...switches });
      sums.forEach(([metric], k) => {
        expect(Number.isFinite(values[k]![0]), `${metric} ${name}`).toBe(true);
      });
      const contrastive = sums.findIndex(([metric]) => metric === "contrastive");
      expect(values[contrastive]![0], name).toBeGreaterThan(0);
    }
  });

  it("or is refused in words", () => {
    for (const combination of combinations.filter((all) => !allowed(all))) {
      const words =
        combination.mode === "disc"
          ? /contrastive\.feature is "(bottleneck|finest)"; allowed: logits, penultimate in mode disc/
          : /contrastive\.feature is "(logits|penultimate)"; allowed: bottleneck, finest in mode \w+/;
      expect(() => configure({ ...combination })).toThrow(words);
    }
    for (const combination of combinations.filter(allowed)) {
      expect(() => configure({ ...combination, layers: 2, pretrainUpdates: 1 })).not.toThrow();
    }
  });

  it.each([
    [
      { mode: "supcon", labels: "noise", augmentation: "renoised" },
      /augmentation is "renoised"; allowed: unresampled while .*labels is noise/,
    ],
    [
      { mode: "supcon", labels: "noise", augmentation: "released" },
      /allowed: unresampled while contrastive\.labels is noise/,
    ],
    [
      { mode: "joint", fraction: 0.3 },
      /batch is 3; allowed: at least 2 crops to contrast, but contrastive\.fraction 0\.3/,
    ],
    [{ mode: "disc", fraction: 0.3, includeFakes: false }, /which has no negatives/],
    [{ mode: "joint", startUpdate: 10 }, /startUpdate is 10; allowed: less than updates = 10/],
    [{ mode: "pretrain", pretrainUpdates: 10 }, /pretrainUpdates is 10; allowed: less than updates = 10/],
    [{ mode: "patchnce", layers: 3 }, /layers is 3; allowed: at most downs = 2/],
  ])("%j makes no sense", (contrastive, words) => {
    const complete = {
      pretrainUpdates: 1,
      ...(contrastive.mode === "patchnce" ? {} : { layers: 2 }),
      ...contrastive,
    };
    expect(() => configure(complete)).toThrow(words);
  });

  it("with fakes, a single crop has its twin as a negative", () => {
    expect(() => configure({ mode: "disc", fraction: 0.3, includeFakes: true })).not.toThrow();
  });
});
