import { Command } from "commander";
import { expect, test } from "vitest";
import { addAxisOptions } from "../src/axisOptions.js";

test("planes that are named several times are all taken", () => {
  const parsed = (...args: string[]) =>
    addAxisOptions(new Command()).parse(args, { from: "user" }).opts<Record<string, unknown>>();
  expect(parsed("--t", "1", "--z", "2", "--t", "3-4,8", "--t", "2")).toEqual({
    t: [
      { first: 1, last: 4 },
      { first: 8, last: 8 },
    ],
    z: { first: 2, last: 2 },
  });
});
