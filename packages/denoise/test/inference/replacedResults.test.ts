import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { castImage, simulateScenes } from "@clidim/imaging";
import { unfinishedPath, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { denoisingSession } from "../../src/inference/denoisingSession.js";
import { ofOtherResult } from "../../src/inference/otherResult.js";
import type { ExistingFile, Places } from "../../src/inference/outputPlaces.js";

const folder = temporaryFolder();

test("a result that a killed call had moved out of the way is there for the next one to leave out", async () => {
  const input = join(folder, "cells.ome.zarr");
  const [scene] = simulateScenes({ seed: 3, size: 40, scenes: 1, frames: 1 });
  await writeImageFile(input, [castImage(scene!.noisy[0]!, "uint16")]);
  const denoise = (out: string) =>
    denoiseFiles({ method: methods.classicalNamed("gaussian"), files: [input], out, skipExisting: true });
  await denoise(join(folder, "made"));
  // In a folder where this process has not written: a call that was killed between the two renames.
  const out = join(folder, "out");
  mkdirSync(out);
  for (const entry of readdirSync(join(folder, "made"))) {
    renameSync(join(folder, "made", entry), join(out, entry));
  }
  const digits = (pid: number): string => pid.toString(16).padStart(8, "0");
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  const result = join(out, basename(input));
  const aside = unfinishedPath(result)
    .replace(digits(process.pid), digits(ended!))
    .replace(/part$/, "old.part");
  mkdirSync(aside);
  renameSync(result, join(aside, basename(result)));
  const { skipped, denoised } = await denoise(out);
  expect({ skipped, denoised }).toEqual({ skipped: [{ input, output: result }], denoised: [] });
  expect(readdirSync(out)).toEqual(["cells.ome.zarr", "denoised.json"]);
});

const gaussian = methods.classicalNamed("gaussian");

/** Two images whose results have one name but for the extension, and reports in one place. */
async function namesakes(below: string) {
  const [scene] = simulateScenes({ seed: 4, size: 48, scenes: 1, frames: 1 });
  const page = castImage(scene!.noisy[0]!, "uint16");
  const [tiff, png] = [join(folder, below, "a", "cells.tif"), join(folder, below, "b", "cells.png")];
  for (const file of [tiff, png]) {
    mkdirSync(join(file, ".."), { recursive: true });
    await writeImageFile(file, [page]);
  }
  return { tiff, png, out: join(folder, below, "out") };
}

test("a report of another file stays, and who would replace it is refused; what a stopped call left is made anew", async () => {
  const { tiff, png, out } = await namesakes("reports");
  const report = join(out, "cells.report.html");
  const common = { method: gaussian, out, report: true };
  await denoiseFiles({ ...common, files: [tiff] });
  const first = readFileSync(report, "utf8");
  const refused = {
    message: `${report} is of ${join(out, "cells.tif")}, and is not replaced by that of ${png}; give another folder`,
    keys: ["out"],
  };
  for (const how of [{ skipExisting: true }, { overwrite: true }]) {
    await expect(denoiseFiles({ ...common, files: [png], ...how })).rejects.toMatchObject(refused);
  }
  const session = await denoisingSession(common);
  await expect(session.denoise({ file: png, folder: "" }, "0".repeat(64))).rejects.toMatchObject(refused);
  const { skipped, failed } = await denoiseFiles({
    ...{ ...common, files: [tiff, png], skipExisting: true },
    keepGoing: true,
  });
  expect([skipped.length, failed.map(({ input }) => input)]).toEqual([1, [png]]);
  expect(readFileSync(report, "utf8")).toBe(first);
  // Its own report is replaced beside the other result, which has none.
  await denoiseFiles({ method: gaussian, out, files: [png] });
  await denoiseFiles({ ...common, files: [tiff], overwrite: true });
  await expect(denoiseFiles({ ...common, files: [png], overwrite: true })).rejects.toMatchObject(refused);
  rmSync(join(out, "cells.tif"));
  await denoiseFiles({ ...common, files: [png], overwrite: true });
  expect(readFileSync(report, "utf8")).toContain("cells.png");
});

test("a map is that of another result of its name, unless the record or the job of its own says otherwise", async () => {
  const { tiff, png, out } = await namesakes("maps");
  const session = await denoisingSession({ method: gaussian, out });
  await session.denoise({ file: tiff, folder: "" }, "1".repeat(64));
  await session.denoise({ file: png, folder: "" }, "2".repeat(64));
  const at = (...names: string[]): string => join(out, ...names);
  const output = at("cells.tif");
  const map = at("uncertainty", "cells.tif");
  mkdirSync(at("uncertainty"));
  const beside = {
    uncertainty: map,
    scatter: at("scatter", "cells.tif"),
    samples: at("samples", "cells.tif"),
  };
  const places: Places = { output, beside, reports: [] };
  const found: ExistingFile[] = [{ path: map, kind: "file", writeProtected: false }];
  const record = { output: "cells.tif", uncertainty: 4 };
  copyFileSync(output, map);
  expect(await ofOtherResult(found, places, () => undefined)).toBeUndefined();
  copyFileSync(at("cells.png"), map);
  expect(await ofOtherResult(found, places, () => undefined)).toEqual({ path: map, result: at("cells.png") });
  expect(
    await ofOtherResult(found, places, (path) => (path === output ? record : undefined)),
  ).toBeUndefined();
  // What a stopped call left beside an image of another program.
  copyFileSync(png, at("cells.png"));
  expect(await ofOtherResult(found, places, () => undefined)).toBeUndefined();
});
