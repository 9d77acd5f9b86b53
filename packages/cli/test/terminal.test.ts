import { existsSync } from "node:fs";
import { join } from "node:path";
import { asciiJson } from "@clidim/batch";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { table } from "../src/table.js";
import { note, print, shownText } from "../src/terminal.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
/** A name that would clear the screen, begin a line of its own and be written backwards. */
const NAME = "a\u001b[2J\nNote: all is well\u202efit.\u009b31m\u007f.tif";
const SHOWN = "a\\x1b[2J\\nNote: all is well\\u202efit.\\x9b31m\\x7f.tif";
const ACTING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 48, scenes: 1, frames: 1 });
  await writeImageFile(join(folder, NAME), scene!.noisy);
  await writeImageFile(join(folder, `flat ${NAME}`), [
    { ...scene!.noisy[0]!, data: scene!.noisy[0]!.data.map(() => 7) },
  ]);
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = captureTerminal();
  const code = await main(args, terminal);
  return { code, ...terminal.printed };
}

describe("control characters of file names", () => {
  test("are written out, other characters are as they are", () => {
    expect(shownText(NAME)).toBe(SHOWN);
    expect(shownText("Größe µ 日本 \\n 😀.tif")).toBe("Größe µ 日本 \\n 😀.tif");
    expect(JSON.parse(asciiJson({ NAME }))).toEqual({ NAME });
    expect(asciiJson({ NAME })).not.toMatch(ACTING);
    expect(
      table([
        ["a\tb", "1"],
        ["c", "2"],
      ]),
    ).toEqual(["a\\tb  1", "c     2"]);
  });

  test("do not colour lines, the program's own words are coloured", () => {
    const terminal = captureTerminal();
    const word = "\u001b[31mclidim:\u001b[39m";
    note(terminal, `${word} \u001b[31mx`);
    print(terminal, "\u001b[31mx");
    expect(terminal.printed).toEqual({ out: "\\x1b[31mx\n", err: `${word} \\x1b[31mx\n` });
  });

  test("do nothing in results, notes, failures and help, and are exact in --json", async () => {
    const [good, bad] = [join(folder, NAME), join(folder, `flat ${NAME}`)];
    const out = join(folder, "out");
    const first = await run("denoise", "--method", "gaussian", "--out", out, good, bad);
    expect(first.code).toBe(3);
    expect(first.out).toContain(`${SHOWN} -> `);
    expect(first.err).toContain(`flat ${SHOWN} is constant`);
    const json = await run("denoise", "--method", "gaussian", "--overwrite", "--out", out, good, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ input: good, output: join(out, NAME) });
    expect(existsSync(join(out, NAME))).toBe(true);
    const missing = await run("evaluate", "--prediction", `no${NAME}`, "--clean", good);
    expect(missing.err).toContain(`no${SHOWN}`);
    const unknown = await run("denoise", `--x${NAME}`);
    const ofAll = [first, json, missing, unknown];
    for (const { out: printed, err } of ofAll) expect(printed + err).not.toMatch(ACTING);
    for (const { out: printed, err } of ofAll.slice(0, 3))
      expect(printed + err).not.toMatch(/^Note: all is well/m);
  });
});

describe("a command that is refused prints one object with --json", () => {
  const refused: Readonly<Record<string, readonly [args: readonly string[], error: object]>> = {
    "denoise without a file": [
      ["denoise", "--method", "gaussian", "--out", "o", "no.tif"],
      { message: "read no.tif: no such file or folder", keys: [], file: "no.tif" },
    ],
    "denoise of a constant image": [
      ["denoise", "--method", "gaussian", "--out", join(folder, "o"), join(folder, `flat ${NAME}`)],
      { message: expect.stringContaining("is constant"), keys: [] },
    ],
    "a misspelt option": [
      ["train", "--nosiy", "a.tif"],
      { message: expect.stringContaining("unknown option '--nosiy'"), keys: [] },
    ],
    "a misspelt method": [
      ["denoise", "--method", "gausian", "--out", "o", "a.tif"],
      { message: expect.stringMatching(/gausian.*gaussian/), keys: [] },
    ],
    "a misspelt preset": [
      ["config", "--preset", "labtop"],
      { message: expect.stringMatching(/labtop.*laptop/), keys: [] },
    ],
    "train without images": [
      ["train", "--noisy", "no.tif", "--out", join(folder, "t")],
      { message: "read no.tif: no such file or folder", keys: [], file: "no.tif" },
    ],
    "evaluate without images": [
      ["evaluate", "--prediction", "no.tif", "--clean", "no.tif"],
      { message: "read no.tif: no such file or folder", keys: [], file: "no.tif" },
    ],
    "ablate without a file": [
      ["ablate", "--config", "no.yaml", "--out", "o"],
      { message: "read no.yaml: no such file or folder", keys: [], file: "no.yaml" },
    ],
    "demo, of images too small": [
      ["demo", "--size", "3"],
      { message: expect.stringContaining("whole number of at least 32"), keys: [] },
    ],
    "fetch of what there is not": [
      ["fetch", "nothing", "--out", "o"],
      { message: expect.stringContaining("nothing") },
    ],
    "tune with a file that is not there": [
      ["tune", "--config", "no.yaml"],
      { message: "read no.yaml: no such file or folder", keys: [], file: "no.yaml" },
    ],
    "no command of this name": [
      ["denoize"],
      { message: expect.stringContaining("unknown command 'denoize'") },
    ],
  };
  test.each(Object.entries(refused))("%s", async (_, [args, error]) => {
    const { code, out, err } = await run(...args, "--json");
    expect(code).toBe(2);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ type: "error", error });
    expect(err).not.toBe("");
    expect((await run(...args)).out).toBe("");
  });

  test("help and version are none", async () => {
    expect((await run("train", "--help", "--json")).out).toMatch(/^Usage: clidim train/);
  });
});
