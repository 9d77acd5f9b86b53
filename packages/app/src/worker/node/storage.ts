import { InputError } from "@clidim/imaging";
import { basename, dirname } from "pathe";
import { systemError, withCode } from "./systemError.js";

/** Where the files lie that the browser keeps for this site: its origin private file system. */
const ROOT = "/storage";

/** Reading and writing at once, in workers alone; nobody else opens the file meanwhile. The types of pages do not have it. */
export interface SyncAccess {
  read(buffer: Uint8Array, options: { readonly at: number }): number;
  write(buffer: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** As browsers have it, beside what the types know. */
interface StoredFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccess>;
  /** Into a folder, under a name; what was there is replaced. */
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Whether a path is of the storage, there or not. */
export const isStored = (path: string): boolean => path === ROOT || path.startsWith(`${ROOT}/`);

let root: Promise<FileSystemDirectoryHandle> | undefined;

/** Some browsers refuse it in private windows, or where the user keeps sites from storing anything. */
async function openRoot(): Promise<FileSystemDirectoryHandle> {
  try {
    return await navigator.storage.getDirectory();
  } catch (cause) {
    // It may be allowed later.
    root = undefined;
    throw new InputError(
      "this browser keeps the page from storing anything, which results and trainings need; leave the private window, or allow this site to store data",
      { cause },
    );
  }
}

/** The folder of a path. */
export async function storedFolder(path: string): Promise<FileSystemDirectoryHandle> {
  root ??= openRoot();
  let folder = await root;
  for (const name of path.slice(ROOT.length).split("/")) {
    if (name !== "") folder = await withCode(path, () => folder.getDirectoryHandle(name));
  }
  return folder;
}

/** The file of a path. */
export async function storedFile(path: string): Promise<StoredFile> {
  const folder = await storedFolder(dirname(path));
  try {
    // The types of pages lack what workers and newer browsers have.
    return (await folder.getFileHandle(basename(path))) as StoredFile;
  } catch (error) {
    const isFolder = error instanceof DOMException && error.name === "TypeMismatchError";
    if (isFolder) throw systemError("EISDIR", path, error);
    return withCode(path, () => Promise.reject(error));
  }
}

/** A file or a folder. */
export async function storedEntry(path: string): Promise<StoredFile | FileSystemDirectoryHandle> {
  if (path === ROOT) return storedFolder(path);
  try {
    return await storedFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EISDIR") return storedFolder(path);
    throw error;
  }
}

/** A file to be written to. `create`: there is none yet, and there must be none; or there may be none. */
export async function openStored(path: string, create: "new" | "any" | "no"): Promise<SyncAccess> {
  if (create === "new" && (await isThere(path))) throw systemError("EEXIST", path);
  if (create !== "no") {
    const folder = await storedFolder(dirname(path));
    await withCode(path, () => folder.getFileHandle(basename(path), { create: true }));
  }
  const file = await storedFile(path);
  return withCode(path, () => file.createSyncAccessHandle());
}

const isThere = (path: string): Promise<boolean> =>
  storedEntry(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );

export async function makeStoredFolder(path: string): Promise<void> {
  if (await isThere(path)) throw systemError("EEXIST", path);
  const above = await storedFolder(dirname(path));
  await withCode(path, () => above.getDirectoryHandle(basename(path), { create: true }));
}

export async function removeStored(path: string, recursive: boolean): Promise<void> {
  const above = await storedFolder(dirname(path));
  await withCode(path, () => above.removeEntry(basename(path), { recursive }));
}

/** Folders cannot be moved everywhere: of one, each file is, and the folder under the old name is removed at the end. */
export async function moveStored(from: string, to: string): Promise<void> {
  const entry = await storedEntry(from);
  if (entry.kind === "file") {
    const folder = await storedFolder(dirname(to));
    const found = await storedEntry(to).catch(() => undefined);
    if (found?.kind === "directory") throw systemError("EISDIR", to);
    return withCode(to, () => entry.move(folder, basename(to)));
  }
  const found = await storedEntry(to).catch(() => undefined);
  if (found?.kind === "file") throw systemError("ENOTDIR", to);
  if (found && (await namesIn(to)).length > 0) throw systemError("ENOTEMPTY", to);
  if (!found) await makeStoredFolder(to);
  for (const name of await namesIn(from)) await moveStored(`${from}/${name}`, `${to}/${name}`);
  await removeStored(from, true);
}

const namesIn = async (path: string): Promise<string[]> => {
  const folder = await storedFolder(path);
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
};

/** The entries of a folder, each with whether it is a folder. */
export async function entriesIn(
  path: string,
): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
  const folder = await storedFolder(path);
  const entries: { readonly name: string; readonly folder: boolean }[] = [];
  for await (const [name, { kind }] of folder.entries()) entries.push({ name, folder: kind === "directory" });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
