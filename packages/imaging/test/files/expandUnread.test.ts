import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { type ExpandOptions, expandFiles } from "../../src/files/expandFiles.js";

/** What a folder called "private" lets nobody do, root included. */
vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const refused = (path: unknown): boolean => /[\\/]private(?:[\\/]|$)/.test(String(path));
  const denied = (): Error =>
    Object.assign(new Error("EACCES: permission denied, scandir"), { code: "EACCES" });
  const open: typeof original.open = async (path, ...how) => {
    if (refused(path)) throw denied();
    return original.open(path, ...how);
  };
  const readdir = async (path: string, how: { withFileTypes: true }) => {
    if (refused(path)) throw denied();
    return original.readdir(path, how);
  };
  return { ...original, open, readdir };
});

const folder = temporaryFolder();
for (const name of ["day1", "day2", "private"]) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "a.tif"), "");
}

const files = async (text: string, options: ExpandOptions): Promise<unknown[][]> =>
  (await expandFiles([join(folder, text)], options)).map(({ file, folder: below, error }) => [
    ...[file.slice(folder.length + 1), below],
    ...(error ? [error.message] : []),
  ]);

test.each([
  ["a pattern", "**/*.tif", { keepGoing: true }],
  ["a folder", "", { keepGoing: true, recursive: true }],
] as const)(
  "a folder that cannot be read is one of what %s stands for, beside the others",
  async (_, text, options) => {
    const found = await files(text, options);
    expect(found).toEqual([
      ["day1/a.tif", "day1"],
      ["day2/a.tif", "day2"],
      ["private", "", expect.stringMatching(/^read .*private.*: permission denied$/)],
    ]);
    await expect(files(text, { ...options, keepGoing: false })).rejects.toThrow(
      /private.*: permission denied$/,
    );
  },
);

test("one that a pattern does not lead into is nothing to it", async () => {
  writeFileSync(join(folder, "b.tif"), "");
  expect(await files("*.tif", {})).toEqual([["b.tif", ""]]);
});
