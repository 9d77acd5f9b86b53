import { clidim } from "@clidim/clidim";
import { describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import type { RunConfiguration } from "../../src/protocol/runConfiguration.js";
import { logInterval, validationInterval } from "../../src/training/logInterval.js";
import { loweredRate, newRate, reductions } from "../../src/training/plateau.js";

/** Validations by loss, and the learning rates that torch.optim.lr_scheduler.ReduceLROnPlateau (1.13) has after each, with factor 0.5, patience 2 and threshold 0. */
const losses = [5, 4, 4.5, 4, 4.2, 3, 3.1, 3.2, 3.3, 3.05, 2.9, 3, 3, 3, 3, 3, 3, 2.95, 2.9];
const torch = [
  1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625, 0.0625, 0.0625,
];
const figures = losses.map((loss, i) => ({ update: 5 * (i + 1), loss }));
const configuration: RunConfiguration = {
  ...resolveConfiguration(clidim, "laptop", { updates: 1000, guard: false }),
  schedule: "plateau",
  plateau: { factor: 0.5, patience: 2, epoch: 5 },
  learningRate: 1,
};

describe("the schedule plateau", () => {
  test("lowers the learning rate where PyTorch's does", () => {
    const rates = figures.map((_, i) => loweredRate(configuration, figures.slice(0, i + 1)).learningRate);
    expect(rates).toEqual(torch);
    const told = figures.map((now, i) =>
      newRate({ configuration }, { figures: () => figures.slice(0, i) }, now),
    );
    expect(told.filter((rate) => rate !== undefined)).toEqual([0.5, 0.25, 0.125, 0.0625]);
    expect(told[4]).toBe(0.5);
  });

  test("takes a higher PSNR for the better one", () => {
    const images = losses.map((loss, i) => ({ update: i + 1, psnr: 30 - loss, ssim: 0.5 }));
    expect(reductions(images, 2)).toBe(4);
    expect(reductions(images.toReversed(), 2)).toBe(6);
  });

  test("leaves other schedules alone", () => {
    const linear = { ...configuration, schedule: "linear" } as const;
    expect(loweredRate(linear, figures)).toBe(linear);
    expect(
      newRate({ configuration: linear }, { figures: () => figures.slice(0, 4) }, figures[4]!),
    ).toBeUndefined();
  });

  test.each([
    [5, 5],
    [400, 50],
    [60, 30],
    [53, 1],
    [1, 1],
  ])("validates every %i updates, and logs every %i", (epoch, interval) => {
    const asked = { ...configuration, plateau: { ...configuration.plateau!, epoch } };
    expect(validationInterval(asked)).toBe(epoch);
    expect(logInterval(asked)).toBe(interval);
  });

  test("is what changes when a run is validated; others are at every tenth log point", () => {
    const linear = { ...configuration, schedule: "linear" } as const;
    expect([logInterval(linear), validationInterval(linear)]).toEqual([10, 100]);
    expect(validationInterval({ ...linear, updates: 40_000 })).toBe(500);
  });
});
