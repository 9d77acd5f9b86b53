import { expect } from "vitest";
import type { SmokeReport } from "./page/smoke.js";

/** Everything that the small suite of the three libraries reports is as it should be, wherever it ran: with a canvas, as browsers have, or without. */
export function expectSound(
  { checks, counted, donated, losses, accuracy, made }: SmokeReport,
  canvas: boolean,
): void {
  expect(checks).toHaveLength(canvas ? 15 : 14);
  for (const { name, actual, expected } of checks) {
    expect(actual.length, name).toBe(expected.length);
    const errors = expected.map((value, i) => Math.abs(actual[i]! - value) / (1 + Math.abs(value)));
    expect(Math.max(...errors), name).toBeLessThan(3e-5);
  }
  expect(counted).toBe(10);
  expect(donated).toMatch(/^Tensor\(f32 \[3\]\) was donated to compile/);
  expect(losses).toHaveLength(50);
  expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]!);
  expect(accuracy).toBeGreaterThan(0.9);
  expect(made).toEqual([0, 0, 0]);
}
