import { describe, expect, test } from "vitest";
import { type CostPoint, costPlotSvg } from "../../src/ablation/costPlot.js";

const points: readonly CostPoint[] = [
  { name: "blur", seconds: 2, psnr: 30, group: undefined },
  { name: "network", seconds: 600, psnr: 31.5, group: 0 },
  { name: "other", seconds: 620, psnr: 31.51, group: 1 },
];

describe("quality against time", () => {
  const svg = costPlotSvg(points);
  const numbers = (pattern: RegExp): number[] => [...svg.matchAll(pattern)].map(([, value]) => Number(value));

  test("has what took longer further right and what is better higher", () => {
    const [network, other] = numbers(/<circle cx="([\d.]+)"/g);
    const [blur] = numbers(/<rect x="([\d.]+)"/g);
    expect(blur).toBeLessThan(network! - 100);
    expect(network).toBeLessThan(other!);
    const heights = numbers(/<circle cx="[\d.]+" cy="([\d.]+)"/g);
    expect(heights[1]).toBeLessThan(heights[0]!);
    expect(numbers(/<rect x="[\d.]+" y="([\d.]+)"/g)[0]).toBeGreaterThan(heights[0]!);
  });

  test("writes no name over another, and the times below", () => {
    const at = (name: string): number => Number(new RegExp(`y="([\\d.]+)">${name}</text>`).exec(svg)![1]);
    expect(Math.abs(at("network") - at("other"))).toBeGreaterThanOrEqual(12);
    for (const label of ["10 s", "1 min", "10 min"]) expect(svg).toContain(`>${label}</text>`);
    expect(svg).not.toContain(">1 h</text>");
  });

  test("is nothing where there is nothing to compare", () => {
    expect(costPlotSvg(points.slice(0, 1))).toBe("");
  });
});
