import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { atomicWrite, openAtomic } from "../../src/files/atomicWrite.js";
import { fileError, PlaceError } from "../../src/files/fileError.js";
import { hashFile } from "../../src/files/hashFile.js";
import { isUnfinished } from "../../src/files/unfinished.js";
import { InputError } from "../../src/image/inputError.js";
import { TransientError } from "../../src/image/transientError.js";

const folder = temporaryFolder();

test("replaces a file and leaves nothing beside it", async () => {
  const path = join(folder, "manifest.json");
  writeFileSync(path, "old");
  await atomicWrite(path, "µ new");
  expect(readFileSync(path, "utf8")).toBe("µ new");
  await atomicWrite(path, Uint8Array.of(1, 2, 3));
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(["manifest.json"]);
});

test("until commit the old file stands; abort removes the new one", async () => {
  const path = join(folder, "manifest.json");
  writeFileSync(path, "old");
  const file = await openAtomic(path);
  await file.write(Uint8Array.of(1), 0);
  expect(readFileSync(path, "utf8")).toBe("old");
  await file.abort();
  await file.abort();
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["manifest.json"]);
  await expect(file.write(Uint8Array.of(1), 0)).rejects.toThrow(/already committed or aborted/);
});

test("a target that cannot be replaced is one sentence and leaves nothing", async () => {
  const path = join(folder, "folder");
  mkdirSync(join(path, "inside"), { recursive: true });
  await expect(atomicWrite(path, "x")).rejects.toThrow(/is a folder, expected a file/);
  expect(readdirSync(folder).sort()).toEqual(["folder", "manifest.json"]);
});

test("file system errors become sentences, others pass", () => {
  const noSpace = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const sentence = fileError("write", "out/model.safetensors", noSpace);
  expect(sentence).toBeInstanceOf(InputError);
  expect(sentence).toMatchObject({
    message: "write out/model.safetensors: no space left on the disk",
    cause: noSpace,
  });
  const defect = new TypeError("x is undefined");
  expect(fileError("read", "a", defect)).toBe(defect);
  for (const code of ["EBADF", "ERR_OUT_OF_RANGE", "Z_DATA_ERROR"]) {
    const other = Object.assign(new Error("odd"), { code });
    expect(fileError("read", "a", other)).toBe(other);
  }
});

test.each([
  ["EBUSY", "EBUSY: resource busy or locked, open 'a'", "resource busy or locked (EBUSY)", true],
  ["ETIMEDOUT", "ETIMEDOUT: connection timed out, read", "connection timed out (ETIMEDOUT)", true],
  ["EHOSTDOWN", "EHOSTDOWN: host is down, stat 'a'", "host is down (EHOSTDOWN)", true],
  ["ENOTCONN", "ENOTCONN: socket is not connected, open 'a'", "socket is not connected (ENOTCONN)", true],
  ["ENOMEM", "ENOMEM: not enough memory, read", "not enough memory (ENOMEM)", true],
  // As of ESTALE, which Node does not know.
  [
    "Unknown system error -116",
    "Unknown system error -116: Unknown system error -116, read",
    "the system says Unknown system error -116",
    true,
  ],
  ["UNKNOWN", "UNKNOWN: unknown error, open 'a'", "unknown error (UNKNOWN)", true],
  ["EINVAL", "EINVAL: invalid argument, read", "invalid argument (EINVAL)", false],
  ["EODD", "odd", "the system says EODD", false],
])("what else the system says is of the file, and may pass or not: %s", (code, message, sentence, passes) => {
  const cause = Object.assign(new Error(message), { code });
  const read = fileError("read", "a", cause);
  expect(read).toBeInstanceOf(InputError);
  expect(read).toMatchObject({ message: `read a: ${sentence}`, cause, file: "a" });
  expect(read instanceof TransientError).toBe(passes);
  expect(fileError("write", "a", cause)).toBeInstanceOf(InputError);
  expect(fileError("write", "a", cause)).not.toBeInstanceOf(PlaceError);
});

test("a name as long as the file system takes, and one that is longer", async () => {
  const path = join(folder, `${"ä".repeat(125)}.json`);
  const file = await openAtomic(path);
  await file.write(Uint8Array.of(1), 0);
  const [unfinished] = readdirSync(folder).filter((name) => name.endsWith(".part"));
  expect([basename(path), "manifest.json"].map((name) => isUnfinished(unfinished!, name))).toEqual([
    true,
    false,
  ]);
  await file.commit();
  expect(readdirSync(folder)).toContain(basename(path));
  rmSync(path);
  await expect(atomicWrite(join(folder, "x".repeat(256)), "x")).rejects.toThrow(
    /: the name is too long for the file system$/,
  );
});

test("without replacing, what is there stays", async () => {
  const path = join(folder, "manifest.json");
  writeFileSync(path, "old");
  await expect(atomicWrite(path, "new", { replace: false })).rejects.toThrow(
    /manifest\.json: a file of this name is there already, and was kept/,
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  await atomicWrite(join(folder, "free"), "new", { replace: false });
  rmSync(join(folder, "free"));
  expect(readdirSync(folder).sort()).toEqual(["folder", "manifest.json"]);
});

test("hashFile gives size and SHA-256", async () => {
  const path = join(folder, "data.bin");
  const bytes = Buffer.alloc(200_000, "clidim");
  writeFileSync(path, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(await hashFile(path)).toEqual({ path, bytes: 200_000, sha256 });
  writeFileSync(path, "abc");
  expect((await hashFile(path)).sha256).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  await expect(hashFile(join(folder, "none"))).rejects.toThrow(InputError);
});

test("hashFile of a folder is that of its files with their paths, and of an address that of the address", async () => {
  const path = join(folder, "folder.zarr");
  mkdirSync(join(path, "0", "c"), { recursive: true });
  writeFileSync(join(path, "zarr.json"), "{}");
  writeFileSync(join(path, "0", "c", "0"), "pixels");
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
  const list = `0/c/0\t${sha("pixels")}\nzarr.json\t${sha("{}")}\n`;
  for (const name of [path, `${path}/`]) {
    expect(await hashFile(name)).toEqual({ path: name, bytes: 8, sha256: sha(list) });
  }
  const url = "https://example.org/a.zarr";
  expect(await hashFile(url)).toEqual({ path: url, bytes: 0, sha256: sha(url) });
  expect((await hashFile(`${url}?signature=1`)).sha256).toBe(sha(url));
});

test.skipIf(process.platform === "win32")(
  "hashFile of a folder takes links for what they lead to, and ends where they lead in circles",
  async () => {
    const path = join(folder, "linked.zarr");
    const store = join(folder, "store");
    mkdirSync(join(path, "0"), { recursive: true });
    mkdirSync(store);
    writeFileSync(join(path, "zarr.json"), "{}");
    writeFileSync(join(store, "chunk"), "pixels");
    mkdirSync(join(store, "1"));
    writeFileSync(join(store, "1", "c"), "more");
    symlinkSync(join(store, "chunk"), join(path, "0", "c"));
    symlinkSync(join(store, "1"), join(path, "1"));
    symlinkSync(path, join(store, "1", "circle"));
    symlinkSync(join(store, "nowhere"), join(path, "0", "d"));
    const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
    const list = `0/c\t${sha("pixels")}\n1/c\t${sha("more")}\nzarr.json\t${sha("{}")}\n`;
    expect(await hashFile(path)).toEqual({ path, bytes: 12, sha256: sha(list) });
  },
);
