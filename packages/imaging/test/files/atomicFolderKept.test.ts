import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { openAtomicFolder } from "../../src/files/atomicFolder.js";
import { writeInto } from "../../src/formats/folderSink.js";
import { InputError } from "../../src/image/inputError.js";

const root = temporaryFolder();
const meanwhile = vi.hoisted(() => ({ come: () => {} }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const rename: typeof original.rename = async (from, to) => {
    meanwhile.come();
    meanwhile.come = () => {};
    return original.rename(from, to);
  };
  return { ...original, rename };
});

test.each(["folder", "file"])("a %s that comes after the look is not replaced", async (kind) => {
  const folder = join(root, kind);
  const path = join(folder, "a.zarr");
  mkdirSync(folder);
  const sink = await openAtomicFolder(path, { replace: false });
  await writeInto(sink, "new", new TextEncoder().encode("new"));
  meanwhile.come = () => {
    if (kind === "folder") mkdirSync(path);
    writeFileSync(kind === "folder" ? join(path, "its") : path, "");
  };
  await expect(sink.commit()).rejects.toThrow(
    new InputError(`write ${path}: there is one of this name already, and it was kept`),
  );
  expect(readdirSync(folder)).toEqual(["a.zarr"]);
  if (kind === "folder") expect(readdirSync(path)).toEqual(["its"]);
});
