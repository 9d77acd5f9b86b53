import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { openAtomicFolder } from "../../src/files/atomicFolder.js";
import { isUnfinished, replacedPath } from "../../src/files/unfinished.js";
import { blobFolderSink, writeInto } from "../../src/formats/folderSink.js";
import { InputError } from "../../src/image/inputError.js";

const folder = temporaryFolder();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a folder appears when it is whole, and replaces what was there", async () => {
  const path = join(folder, "a.zarr");
  for (const round of ["first", "second"]) {
    const sink = await openAtomicFolder(path);
    await writeInto(sink, `${round}/deep/file`, bytes(round));
    const part = await sink.create("pieces");
    await part.write(bytes("cd"), 2);
    await part.write(bytes("ab"), 0);
    await part.commit();
    const [unfinished] = readdirSync(folder).filter((entry) => isUnfinished(entry, "a.zarr"));
    expect(unfinished).toBeDefined();
    expect(existsSync(path)).toBe(round === "second");
    await sink.commit();
    expect(readdirSync(folder)).toEqual(["a.zarr"]);
    expect(readdirSync(path).toSorted()).toEqual([round, "pieces"].toSorted());
    expect(readFileSync(join(path, round, "deep/file"), "utf8")).toBe(round);
    expect(readFileSync(join(path, "pieces"), "utf8")).toBe("abcd");
    await sink.abort();
    expect(existsSync(path)).toBe(true);
    await expect(sink.create("late")).rejects.toThrow(/already committed or aborted/);
  }
});

test("what a killed program had moved out of the way is put back, unless its successor had come", async () => {
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  const digits = (pid: number): string => pid.toString(16).padStart(8, "0");
  const out = join(folder, "killed");
  mkdirSync(out);
  for (const name of ["lost.zarr", "there.zarr"]) {
    const aside = replacedPath(join(out, name)).replace(digits(process.pid), digits(ended!));
    mkdirSync(join(aside, name), { recursive: true });
    writeFileSync(join(aside, name, "old"), "old");
  }
  mkdirSync(join(out, "there.zarr"));
  writeFileSync(join(out, "there.zarr", "new"), "new");
  await (await openAtomicFolder(join(out, "other.zarr"))).abort();
  expect(readdirSync(out).toSorted()).toEqual(["lost.zarr", "there.zarr"]);
  expect(readdirSync(join(out, "lost.zarr"))).toEqual(["old"]);
  expect(readdirSync(join(out, "there.zarr"))).toEqual(["new"]);
});

test("where nothing is to be replaced, what is there stays", async () => {
  const path = join(folder, "kept.zarr");
  mkdirSync(path);
  const sink = await openAtomicFolder(path, { replace: false });
  await writeInto(sink, "new", bytes("new"));
  await expect(sink.commit()).rejects.toThrow(
    new InputError(`write ${path}: there is one of this name already, and it was kept`),
  );
  expect(readdirSync(path)).toEqual([]);
  expect(readdirSync(folder).filter((entry) => isUnfinished(entry, "kept.zarr"))).toEqual([]);
});

test("abort leaves nothing, and what was there before stays", async () => {
  const path = join(folder, "b.zarr");
  mkdirSync(path);
  writeFileSync(join(path, "old"), "old");
  const before = readdirSync(folder);
  const sink = await openAtomicFolder(path);
  await writeInto(sink, "new", bytes("new"));
  await sink.abort();
  expect(readdirSync(folder)).toEqual(before);
  expect(readdirSync(path)).toEqual(["old"]);
  await expect(sink.commit()).rejects.toThrow(/already committed or aborted/);
});

test("a file of a folder is written once, and a folder that is not there is one sentence", async () => {
  const sink = await openAtomicFolder(join(folder, "c.zarr"));
  await writeInto(sink, "a", bytes("a"));
  await expect(writeInto(sink, "a", bytes("b"))).rejects.toThrow(
    /c\.zarr: something of this name is there already$/,
  );
  expect(readdirSync(folder).filter((entry) => entry.includes("c.zarr"))).toEqual([]);
  const nowhere = join(folder, "none", "d.zarr");
  await expect(openAtomicFolder(nowhere)).rejects.toThrow(
    new InputError(`write ${nowhere}: no such file or folder`),
  );
});

test("a folder in memory has its files once it is whole", async () => {
  const sink = blobFolderSink();
  await writeInto(sink, "a/b", bytes("x"));
  expect(() => sink.files()).toThrow("blobFolderSink: expected commit before files");
  await sink.commit();
  expect([...sink.files().keys()]).toEqual(["a/b"]);
  expect(await sink.files().get("a/b")!.text()).toBe("x");
  await expect(sink.create("c")).rejects.toThrow("blobFolderSink: was already committed");
  const unfinished = blobFolderSink();
  await unfinished.create("a");
  await expect(unfinished.commit()).rejects.toThrow(/expected commit before blob/);
  await unfinished.abort();
  expect(() => unfinished.files()).toThrow(/expected commit/);
});
