import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { openAtomicFolder } from "../../src/files/atomicFolder.js";
import { writeInto } from "../../src/formats/folderSink.js";

const folder = temporaryFolder();
const refused = vi.hoisted(() => ({ paths: [] as string[] }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const rm: typeof original.rm = async (path, options) => {
    if (!String(path).endsWith(".old.part")) return original.rm(path, options);
    refused.paths.push(String(path));
    throw Object.assign(new Error("not empty"), { code: "ENOTEMPTY" });
  };
  return { ...original, rm };
});

test("a folder has replaced another one, though that one cannot be removed", async () => {
  const path = join(folder, "a.zarr");
  mkdirSync(path);
  writeFileSync(join(path, "old"), "old");
  const sink = await openAtomicFolder(path);
  await writeInto(sink, "new", new TextEncoder().encode("new"));
  await sink.commit();
  expect(readdirSync(path)).toEqual(["new"]);
  expect(refused.paths).toHaveLength(1);
});
