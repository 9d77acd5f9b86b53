import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { main } from "../../packages/cli/src/main.js";
import { captureTerminal } from "../../packages/cli/test/capture.js";
import { installed } from "./installed.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/batch.md", import.meta.url)), "utf8");
const folder = temporaryFolder();

/** The texts of a language on the page. */
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, text]) => text!);

/** What a command of ours is called, and its options, wherever it stands on the page. */
const commands = ["sh", "groovy", "python"]
  .flatMap(blocks)
  .flatMap((text) => [...text.matchAll(/\bclidim ((?:batch )?[a-z]+)\b([^\n|"#]*)/g)])
  .map(([, name, rest]) => [name!, [...rest!.matchAll(/(?<=\s)--[a-z-]+/g)].map(([flag]) => flag)] as const);

describe("the commands on the page", () => {
  test.each(commands)("clidim %s %j", async (name, flags) => {
    const terminal = captureTerminal();
    expect(await main([...name.split(" "), "--help"], terminal)).toBe(0);
    for (const flag of flags) expect(terminal.printed.out).toMatch(new RegExp(`${flag}\\b`));
  });

  test("are of all engines", () => {
    expect(new Set(commands.map(([name]) => name))).toEqual(
      new Set(["batch plan", "batch run", "batch status", "batch summary", "worker"]),
    );
  });
});

test.runIf(installed("the example of Snakemake", "snakemake"))("Snakemake reads its example", () => {
  const [text] = blocks("python");
  mkdirSync(join(folder, "snakemake"));
  writeFileSync(join(folder, "snakemake/Snakefile"), text!);
  const { status, stdout, stderr } = spawnSync("snakemake", ["--dry-run", "--cores", "2"], {
    cwd: join(folder, "snakemake"),
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/denoise +64/);
});
