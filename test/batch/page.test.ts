import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../packages/cli/src/main.js";
import { captureTerminal } from "../../packages/cli/test/capture.js";

const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

/** What a command of ours is called, and its options, wherever it stands on the page and in the recipes. */
const commands = ["docs/batch.md", "recipes/Snakefile", "recipes/main.nf"]
  .map(textOf)
  .flatMap((text) => [...text.matchAll(/(?:^\s*"?|`)clidim ((?:batch )?[a-z]+)\b([^\n|"#`]*)/gm)])
  .map(([, name, rest]) => [name!, [...rest!.matchAll(/(?<=\s)--[a-z-]+/g)].map(([flag]) => flag)] as const);

describe("the commands on the page and in the recipes", () => {
  test.each(commands)("clidim %s %j", async (name, flags) => {
    const terminal = captureTerminal();
    expect(await main([...name.split(" "), "--help"], terminal)).toBe(0);
    for (const flag of flags) expect(terminal.printed.out).toMatch(new RegExp(`${flag}\\b`));
  });

  test("are of all engines", () => {
    expect(new Set(commands.map(([name]) => name))).toEqual(
      new Set(["denoise", "batch", "batch plan", "batch run", "batch status", "batch summary", "worker"]),
    );
  });
});
