import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { openAtomicFolder } from "../../src/files/atomicFolder.js";
import { atomicWrite } from "../../src/files/atomicWrite.js";
import { exclusively } from "../../src/files/exclusively.js";
import { writeInto } from "../../src/formats/folderSink.js";

/** How often the next calls that rename, create or remove a file are refused, as where another program holds it. */
const refusals = vi.hoisted(() => ({ left: 0 }));

vi.mock("node:process", async (importOriginal) => {
  const { default: process } = await importOriginal<{ readonly default: NodeJS.Process }>();
  return { default: Object.create(process, { platform: { value: "win32" } }) };
});

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const refuse = (): void => {
    if (refusals.left-- > 0) throw Object.assign(new Error("held"), { code: "EPERM" });
  };
  const rename: typeof original.rename = async (from, to) => {
    refuse();
    return original.rename(from, to);
  };
  const open: typeof original.open = async (path, ...how) => {
    if (String(path).endsWith(".lock")) refuse();
    return original.open(path, ...how);
  };
  const rm: typeof original.rm = async (path, how) => {
    if (String(path).endsWith(".lock")) refuse();
    return original.rm(path, how);
  };
  return { ...original, rename, open, rm };
});

const folder = temporaryFolder();

test("a file that another program holds for a moment is replaced once it is free", async () => {
  const path = join(folder, "a.tif");
  writeFileSync(path, "old");
  refusals.left = 3;
  await atomicWrite(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
});

test("so is a folder", async () => {
  const path = join(folder, "a.zarr");
  mkdirSync(path);
  const sink = await openAtomicFolder(path);
  await writeInto(sink, "new", Uint8Array.of(1));
  refusals.left = 3;
  await sink.commit();
  expect(readdirSync(path)).toEqual(["new"]);
});

test("so is the lock of a file, when it is taken and when it is given back", async () => {
  const path = join(folder, "list.json");
  refusals.left = 3;
  const before = readdirSync(folder);
  await exclusively(path, async () => {
    refusals.left = 3;
  });
  expect(readdirSync(folder)).toEqual(before);
});
