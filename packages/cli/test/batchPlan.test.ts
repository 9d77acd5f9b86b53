import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { run } from "./run.js";

const folder = temporaryFolder();

test("a plan says whether results are replaced, and survives a shell that knows no accents", async () => {
  const [scene] = simulateScenes({ size: 32, scenes: 1, frames: 1 });
  mkdirSync(join(folder, "Größe"));
  const file = join(folder, "Größe", "µ.tif");
  await writeImageFile(file, scene!.noisy);
  const args = ["batch", "plan", "--method", "gaussian", "--in", file, "--out", join(folder, "out")];
  const { code, out, err } = await run(...args, "--overwrite");
  expect(code, err).toBe(0);
  expect(out).toMatch(/^[ -~]+\n$/);
  const job = JSON.parse(out);
  expect(job).toMatchObject({ input: { file }, overwrite: true });
  const { overwrite: _, ...kept } = job;
  expect(JSON.parse((await run(...args)).out)).toEqual(kept);
});

test("an address that is malformed is refused as a file that there is not", async () => {
  const args = ["batch", "plan", "--method", "gaussian", "--out", join(folder, "out")];
  const { code, err } = await run(...args, "--in", "http://exa mple.org/a.zarr?secret");
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^clidim: read http:\/\/exa mple\.org\/a\.zarr: is no valid address/),
  ]);
});

test.each(["run", "status", "summary"])(
  "batch %s of nothing says that a path is missing",
  async (command) => {
    const { code, err } = await run("batch", command, "");
    expect(code).toBe(2);
    expect(err).toMatch(/'' is invalid for argument 'jobs'\. Expected a path, got nothing/);
  },
);
