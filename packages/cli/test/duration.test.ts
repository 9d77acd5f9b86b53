import { describe, expect, test } from "vitest";
import { durationOption, formatDuration } from "../src/duration.js";

describe("durationOption", () => {
  test.each([
    ["90s", 90],
    ["5m", 300],
    ["5 min", 300],
    ["1h30m", 5400],
    ["1 h 30 min", 5400],
    ["2m05s", 125],
    ["0.5h", 1800],
    [" 1.5 Minutes ", 90],
    ["45 sec", 45],
  ])("%s", (text, seconds) => {
    expect(durationOption(text)).toBe(seconds);
  });

  test.each([
    "",
    "5",
    "m",
    "-5m",
    "5x",
    "0s",
    "0h0m",
    "1.2.3m",
    "5m30",
    "m5",
    "Infinity s",
    "1e400s",
    "30s5m",
  ])("%j is refused", (text) => {
    expect(() => durationOption(text)).toThrow(
      /Expected a time above 0 with its unit, such as 90s, 5m or 1h30m\./,
    );
  });
});

test("formatDuration", () => {
  expect([8.4, 125, 12_000, -3].map(formatDuration)).toEqual(["8 s", "2 min 05 s", "3 h 20 min", "0 s"]);
});
