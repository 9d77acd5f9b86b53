import { expect, test } from "vitest";
import { table } from "../src/table.js";

test("aligns the first column to the left and the others to the right", () => {
  expect(
    table([
      ["", "PSNR", "gain"],
      ["a.tif", "9.50", "-1"],
      ["b", "30.25"],
    ]),
  ).toEqual(["        PSNR  gain", "a.tif   9.50    -1", "b      30.25"]);
});
