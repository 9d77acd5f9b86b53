import { basename, join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { outputPlaces } from "../../src/inference/outputPlaces.js";

const folder = temporaryFolder();

test.each([
  [".", basename(process.cwd())],
  ["none.zarr/..", basename(process.cwd())],
  ["none/.", "none"],
  ["none/../", basename(process.cwd())],
  ["none.ome.zarr/.", "none"],
])("a folder that is named %s has a result of the folder's own name", async (name, own) => {
  const places = await outputPlaces([], folder, { report: false, beside: ["samples"] });
  const { output, beside } = await places.claim({ name, format: "OME-Zarr" }, name, "", []);
  expect(output).toBe(join(folder, `${own}.ome.zarr`));
  expect(beside.samples).toBe(join(folder, "samples", `${own}.ome.zarr`));
});
