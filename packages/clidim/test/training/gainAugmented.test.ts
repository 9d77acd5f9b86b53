import { resolveConfiguration } from "@clidim/denoise";
import { key, type Tensor, tensor, zeros } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { gainAugmented } from "../../src/step/gainAugmented.js";
import type { TrainingStep } from "../../src/step/step.js";
import { batchOf, smallConfiguration } from "./smallRun.js";

const configuration = { ...smallConfiguration, batch: 6, crop: 8, gainAugment: 0.5 };
const BLACK = -0.8;
const pixels = configuration.crop ** 2;
type Batch = Parameters<TrainingStep>[1];

/** What the step gets to see. */
async function seen(batch: Batch, seed: number, changes: Partial<typeof configuration> = {}): Promise<Batch> {
  const batches: Batch[] = [];
  const step: TrainingStep = (state, given) => {
    batches.push(given);
    return { state, metrics: {} };
  };
  const state = {} as Parameters<TrainingStep>[0]; // not looked at
  const context = { update: zeros([]), key: key(seed), lossScale: undefined };
  gainAugmented({ ...configuration, ...changes }, step)(state, batch, context);
  return batches[0]!;
}

/** For each sample the factor between its pixels and those before, the same for all of its pixels. */
async function factorsOf(after: Tensor, before: Tensor, black = BLACK): Promise<number[]> {
  const [now, then] = [await after.data(), await before.data()];
  return Array.from({ length: configuration.batch }, (_, sample) => {
    const ratios = Array.from({ length: pixels }, (_pixel, i) => {
      const at = sample * pixels + i;
      return (now[at]! - black) / (then[at]! - black);
    });
    for (const ratio of ratios) expect(ratio).toBeCloseTo(ratios[0]!, 3);
    return ratios[0]!;
  });
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
}

describe("crops as under other exposures", () => {
  it("are changed by one factor each, noisy, clean and captures alike, black staying as it is", async () => {
    const batch = { ...batchOf(configuration, 1), capture: batchOf(configuration, 2).noisy };
    const after = await seen(batch, 5);
    const factors = await factorsOf(after.noisy, batch.noisy);
    const others = [
      await factorsOf(after.clean, batch.clean),
      await factorsOf(after.capture!, batch.capture),
    ];
    for (const other of others) expectClose(other, factors);
    expect(new Set(factors.map((f) => f.toFixed(3))).size).toBe(6);
    for (const f of factors) {
      expect(f).toBeGreaterThan(1 / 1.5 - 1e-3);
      expect(f).toBeLessThan(1.5 + 1e-3);
    }
    const other = await factorsOf((await seen(batch, 6)).noisy, batch.noisy);
    expect(Math.abs(other[0]! - factors[0]!)).toBeGreaterThan(1e-3);
  });

  it("have black where the normalisation puts it", async () => {
    const batch = batchOf(configuration, 1);
    const after = await seen(batch, 5, { normalization: { mode: "minmax", scope: "data" } });
    const [factors, same] = [
      await factorsOf(after.noisy, batch.noisy, -1),
      await factorsOf((await seen(batch, 5)).noisy, batch.noisy),
    ];
    expectClose(factors, same);
  });

  it("have the noise that follows: its variance is that of before, times the factor squared", async () => {
    const noise = Float32Array.from({ length: 2 * 6 * 2 }, (_, i) => 0.01 + 0.003 * i);
    const batch = { ...batchOf(configuration, 1), noise: tensor(noise, { shape: [2, 6, 2] }) };
    const after = await seen(batch, 5);
    const factors = await factorsOf(after.noisy, batch.noisy);
    const now = await after.noise!.data();
    for (let row = 0; row < 12; row++) {
      const f = factors[row % 6]!;
      for (const v of [-0.8, 0, 0.7]) {
        const [a, b] = [noise[2 * row]!, noise[2 * row + 1]!];
        const exposed = f * (v - BLACK) + BLACK;
        expect(now[2 * row]! * exposed + now[2 * row + 1]!).toBeCloseTo(f * f * (a * v + b), 4);
      }
    }
  });

  it("need a black level, and noise levels that are no labels", () => {
    const refused = (overrides: Record<string, unknown>): (() => unknown) => {
      return () => resolveConfiguration(clidim, "laptop", { gainAugment: 0.5, ...overrides });
    };
    expect(refused({ normalization: { mode: "standard" } })).toThrow(/gainAugment.*no black level/);
    const contrastive = { mode: "supcon", labels: "noise", feature: "bottleneck" };
    expect(refused({ contrastive })).toThrow(/gainAugment.*noise level of a crop/);
    expect(refused({})).not.toThrow();
  });

  it("are the crops as they are without the key", () => {
    const step: TrainingStep = (state) => ({ state, metrics: {} });
    expect(gainAugmented({ ...configuration, gainAugment: 0 }, step)).toBe(step);
  });
});
