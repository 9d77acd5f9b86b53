import { readFileSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { main } from "../src/main.js";
import { startNotes } from "../src/notes.js";
import { startWorkRate } from "../src/workRate.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  const scenes = simulateScenes({ size: 48, scenes: 2, frames: 3 });
  for (const [i, { noisy, clean }] of scenes.entries()) {
    await writeImageFile(at(`noisy${i}.tif`), noisy);
    await writeImageFile(at(`clean${i}.tif`), [clean]);
  }
  const [flat] = scenes[0]!.noisy;
  await writeImageFile(at("flat.tif"), [{ ...flat!, data: flat!.data.map(() => 7) }]);
});

/** The lines of a command with --json, all of which are objects. */
async function lines(code: number, ...args: string[]): Promise<Record<string, unknown>[]> {
  const terminal = captureTerminal();
  expect(await main([...args, "--json"], terminal), terminal.printed.err).toBe(code);
  return terminal.printed.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const small = ["--crop", "32", "--downs", "2", "--ngf", "2", "--updates", "2", "--batch", "2"];

describe("--json prints an object a line, and nothing else on the output", () => {
  test("of denoise, for each file when it is finished", async () => {
    const out = at("out");
    const args = ["denoise", "--method", "gaussian", "--out", out];
    expect(await lines(3, ...args, at("noisy0.tif"), at("flat.tif"))).toEqual([
      {
        type: "denoised",
        input: at("noisy0.tif"),
        output: join(out, "noisy0.tif"),
        pages: 3,
        chosen: expect.stringContaining("Gaussian blur"),
      },
      { type: "failed", input: at("flat.tif"), error: expect.stringContaining("is constant") },
    ]);
    expect(await lines(0, ...args, "--skip-existing", at("noisy0.tif"))).toEqual([
      { type: "skipped", input: at("noisy0.tif"), output: join(out, "noisy0.tif") },
    ]);
  });

  test("of evaluate and train", async () => {
    const judged = ["evaluate", "--prediction", at("noisy0.tif"), "--clean", at("clean0.tif")];
    expect(await lines(0, ...judged)).toMatchObject([{ type: "evaluation", pages: [{ page: 0 }, {}, {}] }]);
    const noisy = [0, 1].map((i) => at(`noisy${i}.tif`));
    const trained = ["train", "--noisy", ...noisy, "--clean", "average", "--out", at("model"), ...small];
    const [run, ...more] = await lines(0, ...trained);
    expect(more).toEqual([]);
    expect(run).toMatchObject({
      type: "trained",
      completed: true,
      folder: { model: join(at("model"), "model.safetensors") },
      updates: { done: 2, total: 2 },
    });
    expect(run!.method).toBe(JSON.parse(readFileSync(join(at("model"), "manifest.json"), "utf8")).method);
  });

  test("of methods, config and doctor", async () => {
    const listed = await lines(0, "methods");
    expect(listed.map(({ type, name }) => [type, name])).toEqual(
      methods.all.map(({ name }) => ["method", name]),
    );
    expect(await lines(0, "config", "--ngf", "8")).toMatchObject([
      { type: "configuration", method: "clidim", configuration: { ngf: 8 }, sources: { ngf: "flag" } },
    ]);
    const checks = await lines(0, "doctor");
    expect(checks[0]).toMatchObject({ type: "check", name: "Node", status: "ok" });
    expect(checks.at(-1)).toEqual({ type: "doctor", ok: true });
  });
});

test("what is said of many files is said once, and counted", () => {
  const shown: string[] = [];
  const notes = startNotes(captureTerminal(), (line) => shown.push(line));
  for (let i = 0; i < 1180; i++) {
    notes.add(`b/${i}.tif is brighter than the training data: ${i / 7} to ${1e9 * i}`, `b/${i}.tif`);
  }
  notes.add("there is one page only");
  expect(shown).toHaveLength(2);
  notes.summarise();
  notes.summarise();
  expect(shown).toEqual([
    "Note: b/0.tif is brighter than the training data: 0 to 0",
    "Note: there is one page only",
    "Note (1,180 files): for example, b/0.tif is brighter than the training data: 0 to 0",
  ]);
});

test("the rate is that of late, and tells the time left; files that fail count for nothing", () => {
  const clock = vi.spyOn(performance, "now");
  const rate = startWorkRate();
  const at = (seconds: number, pages: number, left: number): string => {
    clock.mockReturnValue(1000 * seconds);
    return rate({ pages, pixels: 1e6 * pages, pixelsLeft: 1e6 * left });
  };
  expect(at(10, 0, 100)).toBe("");
  expect(at(10.1, 1, 99)).toBe("");
  expect(at(12, 4, 96)).toBe("2.0 pages/s, 2.0 MPixel/s  48 s left");
  // A file of 36 pages fails.
  expect(at(14, 8, 56)).toBe("2.0 pages/s, 2.0 MPixel/s  28 s left");
  expect(at(15, 10, 0)).toBe("2.0 pages/s, 2.0 MPixel/s");
  clock.mockRestore();
});
