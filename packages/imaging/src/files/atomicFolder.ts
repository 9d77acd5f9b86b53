import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { FolderSink } from "../formats/folderSink.js";
import type { Sink } from "../formats/sink.js";
import { InputError } from "../image/inputError.js";
import { type AtomicOptions, exists, syncFolder } from "./atomicWrite.js";
import { fileError } from "./fileError.js";
import { removeAbandoned, replacedPath, unfinishedPath } from "./unfinished.js";
import { whenReleased } from "./whenReleased.js";
import { writeWhole } from "./writeWhole.js";

/**
 * A folder that appears under its name, its files flushed to the disk, only when it is complete. Until then it stands beside `path`, whose folder must exist.
 * What was there under the name, a file or a folder, is replaced, unless the options say otherwise: for a moment there is neither, and where the program is killed in it, the next one that writes there puts the old one back (see `removeAbandoned`).
 */
export async function openAtomicFolder(
  path: string,
  { replace = true }: AtomicOptions = {},
): Promise<FolderSink> {
  await removeAbandoned(dirname(path));
  const beside = unfinishedPath(path);
  try {
    await mkdir(beside);
  } catch (error) {
    throw fileError("write", path, error);
  }
  let isOpen = true;
  const abort = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await rm(beside, { recursive: true, force: true });
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!isOpen) throw new Error(`write ${path}: the folder was already committed or aborted`);
    try {
      return await work();
    } catch (error) {
      await abort();
      throw fileError("write", path, error);
    }
  };
  return {
    create: (relative) => guarded(() => fileIn(join(beside, relative), guarded)),
    commit: () =>
      guarded(async () => {
        if (!replace && (await exists(path))) throw kept(path);
        const aside = replace ? await movedAside(path) : undefined;
        try {
          await whenReleased(path, () => rename(beside, path));
        } catch (error) {
          await aside?.putBack();
          // One has come since it was looked: a folder takes the place of no file, and of no folder with anything in it.
          throw !replace && (await exists(path)) ? kept(path, error) : error;
        }
        isOpen = false;
        await syncFolder(dirname(path));
        // What is new is in its place by now; what cannot be removed of the old one is left to a later run.
        await aside?.remove().catch(() => undefined);
      }),
    abort,
  };
}

function kept(path: string, cause?: unknown): InputError {
  return new InputError(`write ${path}: there is one of this name already, and it was kept`, { cause });
}

/** Moves what is at `path` out of the way, to where `removeAbandoned` finds it if this process is killed; undefined where nothing is there. */
async function movedAside(
  path: string,
): Promise<{ putBack(): Promise<void>; remove(): Promise<void> } | undefined> {
  const folder = replacedPath(path);
  const old = join(folder, basename(resolve(path)));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    await whenReleased(path, () => rename(path, old));
  } catch (error) {
    await remove();
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return {
    putBack: async () => {
      await rename(old, path);
      await remove();
    },
    remove,
  };
}

/** A file that is open only while it is written to: a folder may be written at more places than files can be open. */
async function fileIn(path: string, guarded: <T>(work: () => Promise<T>) => Promise<T>): Promise<Sink> {
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, "wx")).close();
  return {
    write: (bytes, position) =>
      guarded(async () => {
        const handle = await open(path, "r+");
        try {
          await writeWhole(handle, bytes, position);
        } finally {
          await handle.close();
        }
      }),
    commit: () =>
      guarded(async () => {
        const handle = await open(path, "r+");
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    abort: () => rm(path, { force: true }),
  };
}
