import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Sink } from "../formats/sink.js";
import { fileError } from "./fileError.js";

/** Whether `entry`, of the folder of a file called `name`, is what a killed program has left of an `openAtomic` of it. */
export function isUnfinished(entry: string, name: string): boolean {
  return entry.startsWith(`.${name}.`) && /^[0-9a-f]{12}\.part$/.test(entry.slice(name.length + 2));
}

/** A file that appears under its name, flushed to the disk, only when it is complete. Until then it stands beside `path`, whose folder must exist (same folder, so that the rename is atomic). */
export async function openAtomic(path: string): Promise<Sink> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
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
    write: (bytes, position) =>
      guarded(async (file) => {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      }),
    commit: () =>
      guarded(async (file) => {
        await file.sync();
        await file.close();
        await rename(beside, path);
        handle = undefined;
        await syncFolder(dirname(path));
      }),
    abort,
  };
}

/** Writes a whole file: it has its old contents or all of the new ones, whatever happens. */
export async function atomicWrite(path: string, contents: Uint8Array | string): Promise<void> {
  const file = await openAtomic(path);
  await file.write(typeof contents === "string" ? new TextEncoder().encode(contents) : contents, 0);
  await file.commit();
}

/** Makes the rename itself durable where folders can be flushed (not on Windows). */
async function syncFolder(path: string): Promise<void> {
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
