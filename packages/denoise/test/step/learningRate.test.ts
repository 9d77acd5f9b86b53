import { tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/protocol/runConfiguration.js";
import { learningRateAt } from "../../src/step/learningRate.js";

const at = (constantRate: number, update: number, schedule: Schedule = "linear") =>
  interpret([
    learningRateAt({ learningRate: 2e-4, updates: 100, constantRate, schedule }, tensor(update)),
  ])[0]![0]!;

describe("learningRateAt", () => {
  it("is constant, then falls linearly, and is above 0 to the last update", () => {
    expect(at(0.5, 0)).toBeCloseTo(2e-4, 12);
    expect(at(0.5, 50)).toBeCloseTo(2e-4, 12);
    expect(at(0.5, 51)).toBeCloseTo(2e-4 * (1 - 1 / 51), 12);
    expect(at(0.5, 99)).toBeCloseTo(2e-4 * (1 - 49 / 51), 12);
    expect(at(0.5, 150)).toBe(0);
  });

  it("covers no decay and decay from the start", () => {
    expect(at(1, 99)).toBeCloseTo(2e-4, 12);
    expect(at(0, 99)).toBeCloseTo((2e-4 * 2) / 101, 12);
  });

  it("cosine falls by half a wave after the constant part", () => {
    expect(at(0.5, 50, "cosine")).toBeCloseTo(2e-4, 12);
    expect(at(0, 25, "cosine")).toBeCloseTo(1e-4 * (1 + Math.cos((Math.PI * 25) / 101)), 12);
    expect(at(0, 99, "cosine")).toBeGreaterThan(0);
    expect(at(0, 99, "cosine")).toBeLessThan(at(0, 99));
    expect(at(0.2, 500, "cosine")).toBeCloseTo(0, 12);
  });

  it("plateau is for the training loop to lower", () => {
    for (const update of [0, 50, 99]) expect(at(0.2, update, "plateau")).toBeCloseTo(2e-4, 10);
  });
});
