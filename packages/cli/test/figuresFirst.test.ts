import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 64, scenes: 1, frames: 2 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
  await writeImageFile(at("clean.tif"), [scene!.clean, scene!.clean]);
});

/** Runs a command whose folder for files goes away when the first figures are printed. */
async function runWithout(
  gone: string,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: "", err: "" };
  const stream = (name: "out" | "err"): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        printed[name] += String(chunk);
        if (name === "out") rmSync(gone, { recursive: true, force: true });
        done();
      },
    });
  const code = await main(args, { out: stream("out"), err: stream("err") });
  return { code, ...printed };
}

test.each([
  ["noise", (file: string) => ["noise", at("noisy.tif"), "--out", file], /^Gain \d/m, "noise.json"],
  [
    "evaluate",
    (file: string) => [
      ...["evaluate", "--prediction", at("noisy.tif"), "--clean", at("clean.tif")],
      ...["--report", file],
    ],
    /PSNR/,
    "report.html",
  ],
] as const)(
  "figures of %s are printed before a file is written that cannot be",
  async (_, args, figures, name) => {
    const gone = at("gone");
    mkdirSync(gone);
    const { code, out, err } = await runWithout(gone, ...args(join(gone, name)));
    expect(out).toMatch(figures);
    expect(err).toMatch(/^clidim: write .*gone/m);
    expect(code).toBe(2);
  },
);
