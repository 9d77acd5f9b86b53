import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { atomicWrite, openAtomic } from "../../src/files/atomicWrite.js";
import { readTextFile } from "../../src/files/readWholeFile.js";
import { isUnfinished, replacedPath, unfinishedPath } from "../../src/files/unfinished.js";

const root = temporaryFolder();
const digits = (pid: number): string => pid.toString(16).padStart(8, "0");

test("what ended processes have left unfinished goes when something is written beside it, and nothing else", async () => {
  const folder = join(root, "out");
  mkdirSync(folder);
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  const own = unfinishedPath(join(folder, "a.tif"));
  const put = (name: string, old = false): string => {
    writeFileSync(join(folder, name), "");
    if (old) utimesSync(join(folder, name), 1e9, 1e9);
    return name;
  };
  const left = basename(own).replace(digits(process.pid), digits(ended));
  put(left);
  mkdirSync(join(folder, left.replace(".a.tif.", ".b.ome.zarr.")));
  const ofBefore = ".a.tif.0123456789ab.part";
  put(ofBefore.replace("a.tif", "c"), true);
  const elsewhere = basename(own).replace(
    /\.([0-9a-f]{12})([0-9a-f]{8})\./,
    (_, host: string) => `.${host.slice(0, -1)}${host.endsWith("0") ? "1" : "0"}${digits(ended)}.`,
  );
  const shortHost = basename(own).replace(/\.([0-9a-f]{4})[0-9a-f]{16}\./, (_, host: string) => {
    return `.${host}${digits(ended)}.`;
  });
  put(shortHost.replace("a.tif", "d"), true);
  const kept = [
    put(basename(own)), // of a process that runs
    put(ofBefore),
    put(elsewhere),
    put(shortHost), // of before, when hosts had so few digits that two could have the same
    put(".a.tif.part", true),
    put("b.0123456789ab.part", true),
    put(".notes", true),
  ];
  await atomicWrite(join(folder, "a.tif"), "x");
  expect(readdirSync(folder).sort()).toEqual([...kept, "a.tif"].sort());
});

test("a folder that another host still writes to, however deep, is not taken for abandoned", async () => {
  const folder = join(root, "elsewhere");
  const [written, left] = ["w.zarr", "l.zarr"].map((name) => `.${name}.0123456789ab.part`);
  for (const name of [written!, left!]) {
    mkdirSync(join(folder, name, "0", "c"), { recursive: true });
    writeFileSync(join(folder, name, "0", "c", "1"), "pixels");
    for (const path of ["0/c/1", "0/c", "0", ""]) utimesSync(join(folder, name, path), 1e9, 1e9);
  }
  const now = Date.now() / 1000;
  utimesSync(join(folder, written!, "0", "c", "1"), now, now);
  await atomicWrite(join(folder, "a.tif"), "x");
  expect(readdirSync(folder).sort()).toEqual([written!, "a.tif"].sort());
});

test("where the clock of a server is days behind ours, what others write just now is not taken for abandoned", async () => {
  const folder = join(root, "behind");
  mkdirSync(folder);
  const elsewhere = ".a.tif.0123456789ab.part";
  writeFileSync(join(folder, elsewhere), "");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 24 * 3600 * 1000 });
  try {
    await atomicWrite(join(folder, "a.tif"), "x");
  } finally {
    vi.useRealTimers();
  }
  expect(readdirSync(folder).sort()).toEqual([elsewhere, "a.tif"].sort());
});

test("what is older than the process which has its number by now is left over, and what was replaced is put back", async () => {
  const folder = join(root, "numbers");
  mkdirSync(folder);
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    const put = (path: string, ageS: number, pid = process.pid): string => {
      const name = basename(path).replace(digits(process.pid), digits(pid));
      writeFileSync(join(folder, name), "");
      const time = Date.now() / 1000 - ageS;
      utimesSync(join(folder, name), time, time);
      return name;
    };
    const file = (name: string): string => unfinishedPath(join(folder, name));
    const kept = [put(file("b.tif"), process.uptime() - 0.1), put(file("c.tif"), 1, other.pid)];
    put(file("d.tif"), process.uptime() + 60);
    put(file("e.tif"), 25 * 3600, other.pid);
    const minutes = put(file("f.tif"), process.uptime() + 60, other.pid);
    // Elsewhere its age is not known.
    if (process.platform !== "linux") kept.push(minutes);
    const replaced = replacedPath(join(folder, "g.zarr"));
    mkdirSync(join(replaced, "g.zarr"), { recursive: true });
    for (const path of [join(replaced, "g.zarr"), replaced]) utimesSync(path, 1e9, 1e9);
    await atomicWrite(join(folder, "a.tif"), "x");
    expect(readdirSync(folder).sort()).toEqual([...kept, "a.tif", "g.zarr"].sort());
  } finally {
    other.kill();
  }
});

test("names of unfinished files are those of their file, of now and of before", async () => {
  const path = join(root, "a.tif");
  const file = await openAtomic(path);
  const entries = readdirSync(root).filter((name) => name.endsWith(".part"));
  expect(entries.map((entry) => isUnfinished(entry, "a.tif"))).toEqual([true]);
  expect(isUnfinished(entries[0]!, "b.tif")).toBe(false);
  expect(isUnfinished(".a.tif.0123456789ab.part", "a.tif")).toBe(true);
  expect(isUnfinished(".a.tif.0123456789ab.0123456789ab.part", "a.tif")).toBe(true);
  expect(isUnfinished(basename(replacedPath("a.tif")), "a.tif")).toBe(true);
  expect(isUnfinished(".a.tif.part", "a.tif")).toBe(false);
  await file.abort();
});

test.skipIf(process.platform === "win32")("a pipe or a device is not waited for", async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  await expect(readTextFile(join(root, "pipe"))).rejects.toThrow(/pipe: is a pipe, a socket or a device/);
  await expect(readTextFile("/dev/zero")).rejects.toThrow(/\/dev\/zero: is a pipe, a socket or a device/);
  writeFileSync(join(root, "text"), "µ");
  expect(await readTextFile(join(root, "text"))).toBe("µ");
  const utf16 = Buffer.from("\ufeffµ", "utf16le");
  writeFileSync(join(root, "text"), utf16);
  expect(await readTextFile(join(root, "text"))).toBe("µ");
  writeFileSync(join(root, "text"), utf16.swap16());
  expect(await readTextFile(join(root, "text"))).toBe("µ");
});
