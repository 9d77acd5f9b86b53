import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { type OpenFile, openFile } from "../../src/files/openFile.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

test("reads any number of files at random; few are open at a time", async () => {
  const count = 200;
  for (let i = 0; i < count; i++) writeFileSync(at(`${i}`), Uint8Array.of(i, i + 1, i + 2));
  const before = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  const files: OpenFile[] = [];
  for (let i = 0; i < count; i++) files.push(await openFile(at(`${i}`)));
  const order = Array.from({ length: 3 * count }, (_, i) => (i * 7919) % count);
  await Promise.all(
    order.map(async (i) => expect([...(await files[i]!.read(1, 2))]).toEqual([(i + 1) % 256, (i + 2) % 256])),
  );
  expect(files.every(({ byteLength }) => byteLength === 3)).toBe(true);
  if (process.platform === "linux") {
    expect(readdirSync("/proc/self/fd").length - before).toBeLessThanOrEqual(64);
  }
  for (const file of files) await file.close();
  if (process.platform === "linux") expect(readdirSync("/proc/self/fd").length).toBe(before);
  await expect(files[0]!.read(0, 1)).rejects.toThrow(/the file was closed/);
});

test("a file that became another one while it was not open is refused, as is one that ends early", async () => {
  const paths = Array.from({ length: 70 }, (_, i) => at(`changing${i}`));
  for (const path of paths) writeFileSync(path, "abc");
  const files: OpenFile[] = [];
  for (const path of paths) files.push(await openFile(path));
  utimesSync(paths[0]!, 1, 1);
  await expect(files[0]!.read(0, 1)).rejects.toThrow(/changing0: the file was changed while it was read$/);
  rmSync(paths[1]!);
  await expect(files[1]!.read(0, 1)).rejects.toThrow(/changing1: no such file or folder$/);
  await expect(files[69]!.read(1, 5)).rejects.toThrow(
    /expected 5 bytes from byte 1 on, the file ends after 2$/,
  );
  for (const file of files) await file.close();
});

test.each<[string, (path: string) => void, RegExp]>([
  [
    "written to",
    (path) => writeFileSync(path, "xyz", { flag: "r+" }),
    /a: the file was changed while it was read$/,
  ],
  ["cut off", (path) => truncateSync(path, 4), /a: the file was changed while it was read$/],
  ["longer", (path) => appendFileSync(path, "x"), /a: the file was changed while it was read$/],
])("one that is %s while it is open is refused", async (_, change, sentence) => {
  const path = at("a");
  writeFileSync(path, "abcdef");
  utimesSync(path, 1, 1);
  const file = await openFile(path);
  expect([...(await file.read(0, 1))]).toEqual([97]);
  change(path);
  await expect(file.read(1, 2)).rejects.toThrow(sentence);
  await file.close();
});

test.skipIf(process.platform === "win32")(
  "one that is removed or replaced while it is open is refused",
  async () => {
    for (const change of [rmSync, (path: string) => renameSync(at("other"), path)]) {
      for (const name of ["a", "other"]) writeFileSync(at(name), "abcdef");
      const file = await openFile(at("a"));
      await file.read(0, 1);
      change(at("a"));
      await expect(file.read(1, 2)).rejects.toThrow(/a: the file was removed or replaced while it was read$/);
      await file.close();
    }
  },
);

test("what is missing or a folder is refused at once", async () => {
  mkdirSync(at("folder"));
  await expect(openFile(at("folder"))).rejects.toThrow(/folder: is a folder, expected a file$/);
  await expect(openFile(at("none"))).rejects.toThrow(/none: no such file or folder$/);
});

test.skipIf(process.platform === "win32")("a pipe or a device is refused and not waited for", async () => {
  execFileSync("mkfifo", [at("pipe.tif")]);
  await expect(openFile(at("pipe.tif"))).rejects.toThrow(
    /^read .*pipe\.tif: is a pipe, a socket or a device, expected a file; write what it gives to a file first$/,
  );
  await expect(openFile("/dev/null")).rejects.toThrow(/^read \/dev\/null: is a pipe, a socket or a device/);
});
