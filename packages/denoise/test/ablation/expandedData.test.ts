import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import type { AblationData } from "../../src/ablation/ablationFile.js";
import { hashDataSets } from "../../src/ablation/dataFiles.js";
import { expandedData } from "../../src/ablation/expandedData.js";
import { fileIn } from "../../src/ablation/testPages.js";

const folder = temporaryFolder();
const data = join(folder, "data");
mkdirSync(join(data, "day"), { recursive: true });
mkdirSync(join(folder, "beside"));
for (const name of ["data/t10.tif", "data/t2.tif", "data/day/a.tif", "data/day/b.tif", "beside/c.tif"])
  writeFileSync(join(folder, name), name);

const setOf = (
  train: AblationData["train"],
  test: Pick<AblationData["test"], "noisy" | "clean">,
): AblationData => ({
  ...{ name: "mine", train, test: { ...test, regions: [] }, peak: "range", overrides: {}, shots: [0] },
});

test("patterns and folders stand for files, what is a file, nothing or an address stays as it was written", async () => {
  const address = "https://example.org/stack.zarr#0-3";
  const set = setOf(
    {
      noisy: ["t*.tif#0-1", "./day/a.tif"],
      clean: ["day", join(data, "t2.tif")],
      second: ["../beside/*.tif", "t2.tif", "t2.tif"],
    },
    { noisy: [address, "none.tif"], clean: "average" },
  );
  expect(await expandedData(set, data)).toEqual({
    ...set,
    train: {
      noisy: ["t2.tif#0-1", "t10.tif#0-1", "./day/a.tif"],
      clean: [join("day", "a.tif"), join("day", "b.tif"), join(data, "t2.tif")],
      second: [join(folder, "beside", "c.tif"), "t2.tif", "t2.tif"],
    },
  });
  expect(fileIn(data, address)).toBe(address);
  await expect(expandedData({ ...set, test: { ...set.test, noisy: ["u*.tif"] } }, data)).rejects.toThrow(
    /u\*\.tif: no file matches this pattern/,
  );
});

test("an address is known by itself", async () => {
  const set = setOf(
    { noisy: ["t2.tif"], clean: "average" },
    { noisy: ["https://a.org/b.zarr"], clean: "average" },
  );
  const hashed = await hashDataSets([set], data);
  expect(hashed.get(set)!.test).toMatchObject([{ name: "https://a.org/b.zarr", bytes: 0 }]);
});
