import { test } from "vitest";
import { evaluateFiles } from "../src/commands/evaluateFiles.js";
test("t", async () => {
  const d = "/work/shared/data/fmd-confocal-nuclei/";
  const t = performance.now();
  const { pages: _, ...e } = await evaluateFiles({ prediction: [d + "fov01_noisy.tif#0-3"], clean: [d + "clean_avg50_u8.tif#0"], noisy: [d + "fov01_noisy.tif#0-3"], further: true, baselines: true });
  console.log(JSON.stringify(e, null, 1), performance.now() - t);
});
