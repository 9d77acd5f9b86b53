import { input, tensor } from "@clidim/tensor";
import { reach } from "@clidim/tensor/graph";
import { expectClose, itemOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Schedule, schedules } from "../src/index.js";

const { constant, cosine, exponential, joined, linear, step, warmup } = schedules;
const at = (schedule: Schedule, done: number): number => itemOf(schedule(tensor(done)));

describe("schedules", () => {
  it("follow their formulas", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150 }), (t) => {
        const share = Math.min(t / 100, 1);
        expect(at(constant(0.3), t)).toBeCloseTo(0.3, 9);
        expect(at(linear({ from: 2, to: 1, steps: 100 }), t)).toBeCloseTo(2 - share, 9);
        expect(at(linear({ from: 2, steps: 100 }), t)).toBeCloseTo(2 - 2 * share, 9);
        expect(at(cosine({ from: 2, to: 1, steps: 100 }), t)).toBeCloseTo(
          1 + (1 + Math.cos(Math.PI * share)) / 2,
          9,
        );
        expect(at(exponential({ from: 2, factor: 0.9 }), t)).toBeCloseTo(2 * 0.9 ** t, 9);
        expect(at(exponential({ from: 2, factor: 0.5, every: 10 }), t)).toBeCloseTo(2 * 0.5 ** (t / 10), 9);
        expect(at(step({ from: 2, factor: 0.1, every: 30 }), t)).toBeCloseTo(
          2 * 0.1 ** Math.floor(t / 30),
          9,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("count whole steps by what division leaves over, not by a quotient that a device may round down", () => {
    const done = input([], "f32");
    const ops = reach([step({ from: 2, factor: 0.1, every: 30 })(done)]).map(
      ({ definition }) => definition.op,
    );
    expect(ops).toContain("rem");
    expect(ops).not.toContain("floor");
    expect(at(step({ from: 2, factor: 0.5, every: 2.5 }), 5)).toBe(0.5);
  });

  it("join, each counted from its own start", () => {
    const parts = joined(
      [
        { schedule: linear({ from: 0, to: 1, steps: 10 }), steps: 10 },
        { schedule: constant(5), steps: 3 },
      ],
      exponential({ from: 8, factor: 0.5 }),
    );
    expectClose(
      [0, 5, 9, 10, 12, 13, 14, 16].map((t) => at(parts, t)),
      [0, 0.5, 0.9, 5, 5, 8, 4, 1],
    );
    expect(at(joined([], constant(2)), 7)).toBe(2);
  });

  it("warm up, then go on", () => {
    const schedule = warmup({ to: 1, steps: 4 }, cosine({ from: 1, steps: 10 }));
    expect([0, 1, 2, 3, 4].map((t) => at(schedule, t))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(at(schedule, 9)).toBeCloseTo(0.5, 9);
    expect(at(schedule, 100)).toBeCloseTo(0, 9);
  });

  it("refuse to take no steps", () => {
    expect(() => at(linear({ from: 1, steps: 0 }), 0)).toThrow(
      "linear: steps must be a finite number above 0, got 0",
    );
  });
});
