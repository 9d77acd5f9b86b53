/**
 * `node:fs/promises` for the library in a browser's worker, as far as it uses it: `/storage` is the origin private file system, `/dropped` what the user has given, and there is nothing else. Names, errors and
 * their codes are Node's; there are no links, no rights and no owners.
 */
import { join, resolve } from "pathe";
import { bytesOf } from "./bytesOf.js";
import { droppedFile, droppedNames, isDropped } from "./droppedFiles.js";
import { type FileHandle, readingHandle, writingHandle } from "./openFiles.js";
import { fileStats, folderStats, type Stats } from "./stats.js";
import {
  entriesIn,
  isStored,
  makeStoredFolder,
  moveStored,
  openStored,
  removeStored,
  storedEntry,
  storedFile,
} from "./storage.js";
import { systemError, withCode } from "./systemError.js";

export type { FileHandle } from "./openFiles.js";

export const constants = { F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4 } as const;

/** The file of a path, as it is now. */
export async function blobOf(given: string): Promise<Blob> {
  const path = resolve(given);
  if (isStored(path)) {
    const handle = await storedFile(path);
    return withCode(path, () => handle.getFile());
  }
  const file = droppedFile(path);
  if (file) return file;
  throw systemError(droppedNames(path) ? "EISDIR" : "ENOENT", path);
}

const writable = (given: string): string => {
  const path = resolve(given);
  if (isStored(path)) return path;
  throw systemError(isDropped(path) ? "EROFS" : "ENOENT", path);
};

/** A folder opens nowhere. */
export async function open(given: string, flags: "r" | "r+" | "w" | "wx" = "r"): Promise<FileHandle> {
  if (flags === "r") return readingHandle(given, await blobOf(given));
  const path = writable(given);
  const access = await openStored(path, flags === "wx" ? "new" : flags === "w" ? "any" : "no");
  if (flags === "w") access.truncate(0);
  return writingHandle(path, access);
}

export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
export async function readFile(path: string, encoding: "utf8" | "latin1"): Promise<string>;
export async function readFile(
  path: string,
  encoding?: "utf8" | "latin1",
): Promise<Uint8Array<ArrayBuffer> | string> {
  const bytes = await bytesOf(path, await blobOf(path));
  if (encoding === undefined) return bytes;
  if (encoding === "utf8") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // What is called latin1 elsewhere is windows-1252 to a decoder.
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

export async function writeFile(path: string, contents: Uint8Array | string): Promise<void> {
  const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  const handle = await open(path, "w");
  try {
    for (let done = 0; done < bytes.length; ) {
      done += (await handle.write(bytes, done, bytes.length - done, done)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

export async function truncate(path: string, size = 0): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.truncate(size);
  } finally {
    await handle.close();
  }
}

export async function stat(given: string, _options?: { readonly bigint: false }): Promise<Stats>;
export async function stat(
  given: string,
  options: { readonly bigint: true },
): Promise<Omit<Stats, "dev" | "ino"> & { readonly dev: bigint; readonly ino: bigint }>;
export async function stat(given: string, options?: { readonly bigint: boolean }): Promise<unknown> {
  const stats = await statsAt(resolve(given));
  return options?.bigint ? { ...stats, dev: 0n, ino: 0n } : stats;
}

async function statsAt(path: string): Promise<Stats> {
  if (isStored(path)) {
    const entry = await storedEntry(path);
    return entry.kind === "directory"
      ? folderStats()
      : fileStats(await withCode(path, () => entry.getFile()));
  }
  const file = droppedFile(path);
  if (file) return fileStats(file);
  if (path === "/" || droppedNames(path)) return folderStats();
  throw systemError("ENOENT", path);
}

export const lstat = (path: string): Promise<Stats> => stat(path);

/** Resolves where there is something to be read; there are no programs. */
export async function access(path: string, mode: number = constants.F_OK): Promise<void> {
  await stat(path);
  if (mode & constants.X_OK) throw systemError("EACCES", path);
}

export async function realpath(path: string): Promise<string> {
  await stat(path);
  return resolve(path);
}

/** An entry of a folder. */
export interface Dirent {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): false;
}

interface ReaddirOptions {
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
}

export async function readdir(path: string): Promise<string[]>;
export async function readdir(
  path: string,
  options: ReaddirOptions & { readonly withFileTypes: true },
): Promise<Dirent[]>;
export async function readdir(
  given: string,
  { withFileTypes = false, recursive = false }: ReaddirOptions = {},
): Promise<string[] | Dirent[]> {
  const top = resolve(given);
  const found: Dirent[] = [];
  const visit = async (path: string): Promise<void> => {
    for (const { name, folder } of await namesIn(path)) {
      found.push({
        ...{ name, parentPath: path },
        isFile: () => !folder,
        isDirectory: () => folder,
        isSymbolicLink: () => false,
      });
      if (recursive && folder) await visit(join(path, name));
    }
  };
  await visit(top);
  return withFileTypes
    ? found
    : found.map(({ name, parentPath }) => join(parentPath, name).slice(top.length + 1));
}

async function namesIn(
  path: string,
): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
  if (isStored(path)) return entriesIn(path);
  const names = droppedNames(path);
  if (names) {
    return names.map((name) => ({ name, folder: droppedNames(join(path, name)) !== undefined }));
  }
  throw systemError(droppedFile(path) ? "ENOTDIR" : "ENOENT", path);
}

export async function mkdir(
  given: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<void> {
  const path = writable(given);
  if (!recursive) return makeStoredFolder(path);
  const parts = path.split("/").slice(2);
  for (let count = 1; count <= parts.length; count++) {
    const folder = ["/storage", ...parts.slice(0, count)].join("/");
    const found = await stat(folder).catch(() => undefined);
    if (!found) await makeStoredFolder(folder);
    else if (!found.isDirectory()) throw systemError(count < parts.length ? "ENOTDIR" : "EEXIST", path);
  }
}

export async function mkdtemp(prefix: string): Promise<string> {
  const path = `${prefix}${crypto.randomUUID().slice(0, 6)}`;
  await mkdir(path);
  return path;
}

export async function rm(
  given: string,
  { recursive = false, force = false }: { readonly recursive?: boolean; readonly force?: boolean } = {},
): Promise<void> {
  const path = writable(given);
  try {
    if (!recursive && (await stat(path)).isDirectory()) throw systemError("ERR_FS_EISDIR", path);
    await removeStored(path, recursive);
  } catch (error) {
    if (!(force && error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

export async function rmdir(given: string): Promise<void> {
  const path = writable(given);
  if (!(await stat(path)).isDirectory()) throw systemError("ENOTDIR", path);
  await removeStored(path, false);
}

export const rename = async (from: string, to: string): Promise<void> =>
  moveStored(writable(from), writable(to));

/** There are no links. */
export async function link(_from: string, to: string): Promise<void> {
  throw systemError("EPERM", to);
}

/** What the browser lets this site keep, in bytes; no blocks at all where it does not say, as of a file system that does not. */
export async function statfs(
  path: string,
): Promise<{ readonly bsize: number; readonly bavail: number; readonly blocks: number }> {
  await stat(path);
  const { quota = 0, usage = 0 } = (await navigator.storage.estimate?.()) ?? {};
  return { bsize: 1, bavail: Math.max(0, quota - usage), blocks: quota };
}
