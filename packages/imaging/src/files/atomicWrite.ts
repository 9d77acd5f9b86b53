import { type FileHandle, link, lstat, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Sink } from "../formats/sink.js";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";
import { removeAbandoned, unfinishedPath } from "./unfinished.js";
import { whenReleased } from "./whenReleased.js";
import { writeWhole } from "./writeWhole.js";

export interface AtomicOptions {
  /** Whether a file of this name is replaced; if not, one that is there when the new one is complete is an `InputError`, and stays. Default true. */
  readonly replace?: boolean;
}

/** A file that appears under its name, flushed to the disk, only when it is complete. Until then it stands beside `path`, whose folder must exist (same folder, so that the rename is atomic). What killed programs have left there is removed first, see `removeAbandoned`. */
export async function openAtomic(path: string, { replace = true }: AtomicOptions = {}): Promise<Sink> {
  await removeAbandoned(dirname(path));
  const beside = unfinishedPath(path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, "wx");
  } catch (error) {
    throw fileError("write", path, error);
  }
  const abort = async (): Promise<void> => {
    if (!handle) return;
    await handle.close().catch(() => undefined); // the reason for aborting is what matters
    handle = undefined;
    await rm(beside, { force: true });
  };
  const guarded = async (work: (open: FileHandle) => Promise<void>): Promise<void> => {
    if (!handle) throw new Error(`write ${path}: the file was already committed or aborted`);
    try {
      await work(handle);
    } catch (error) {
      await abort();
      throw fileError("write", path, error);
    }
  };
  return {
    write: (bytes, position) => guarded((file) => writeWhole(file, bytes, position)),
    commit: () =>
      guarded(async (file) => {
        await file.sync();
        await file.close();
        await whenReleased(path, () => (replace ? rename(beside, path) : renameToFree(beside, path)));
        handle = undefined;
        await syncFolder(dirname(path));
      }),
    abort,
  };
}

/** Writes a whole file: it has its old contents or all of the new ones, whatever happens. */
export async function atomicWrite(
  path: string,
  contents: Uint8Array | string,
  options: AtomicOptions = {},
): Promise<void> {
  const file = await openAtomic(path, options);
  await file.write(typeof contents === "string" ? new TextEncoder().encode(contents) : contents, 0);
  await file.commit();
}

/** Renames a file where there is none of the new name. A second link fails where there is one, in one step, unlike a look and a rename. */
async function renameToFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const there = code === "EEXIST" || (await exists(to));
    // A network drive may say so of a link that it has made, when it was asked twice.
    if (there && !(await isSameFile(from, to))) {
      throw new InputError(`write ${to}: a file of this name is there already, and was kept`, {
        cause: error,
      });
    }
    if (!there) return rename(from, to); // file systems without links
  }
  // The file is there by now; what is left of its other name is removed by the next run.
  await rm(from).catch(() => undefined);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  // Numbers of files may have 64 bits.
  const [a, b] = await Promise.all([one, other].map((path) => lstat(path, { bigint: true })));
  return a!.ino !== 0n && a!.ino === b!.ino && a!.dev === b!.dev;
}

/** Whether there is anything of this name, a link to nothing included. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the rename itself durable where folders can be flushed (not on Windows). */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // The file is complete either way; only its survival of a power cut is less certain.
  }
}
