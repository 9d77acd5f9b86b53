import { expect, test, vi } from "vitest";
import { splitPattern } from "../../src/files/splitPattern.js";

const there = ["/", "D:", "D:/data", "/data", "data"];
vi.mock("node:fs", () => ({ existsSync: (path: string) => there.includes(path) }));

test.each([
  ["D:/*.tif", "D:/", "*.tif"],
  ["D:/none/*.tif", "D:/", "none/*.tif"],
  ["D:/data/*.tif", "D:/data", "*.tif"],
  ["/*.tif", "/", "*.tif"],
  ["data/**/a.tif", "data", "**/a.tif"],
  ["*.tif", "", "*.tif"],
])("of %s the folder %s is searched", (path, base, pattern) => {
  expect(splitPattern(path)).toEqual({ base, pattern });
});
