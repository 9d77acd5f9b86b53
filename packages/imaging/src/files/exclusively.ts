import { lstat, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "./fileError.js";
import { unfinishedPath } from "./unfinished.js";
import { whenReleased } from "./whenReleased.js";

/** How often it is looked whether it is one's turn. */
const POLL_MS = 20;
/** A lock that is the same for so long is of a program that was killed: what is done with it takes no more than a file to be read and written. */
const ABANDONED_MS = 20_000;

/**
 * Does `work` on a file while no other process that asks for the same, on whatever machine, does: to read it, change what was read and write it back, so that nothing is lost that another one has added in between. The lock is a hidden file
 * beside it. It is no guard against those that do not ask, and not for long work, which has `FolderLock`: what was locked for 20 s is taken over. An `InputError` where nothing can be written there.
 */
export async function exclusively<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const own = await take(lock, path);
  try {
    return await work();
  } finally {
    // After 20 s another one may have taken it over, and has a lock of its own there. Not before: some file systems soon say otherwise of the same one.
    const isOwn = performance.now() - own.since < ABANDONED_MS || (await stateOf(lock)) === own.state;
    if (isOwn) await whenReleased(path, () => rm(lock, { force: true }));
  }
}

/** Takes the lock; its state, and a time before which it was not there. */
async function take(lock: string, path: string): Promise<{ readonly state: string; readonly since: number }> {
  let [seen, since] = ["", performance.now()];
  for (;;) {
    const before = performance.now();
    try {
      await (await whenReleased(path, () => open(lock, "wx"))).close();
      return { state: await stateOf(lock), since: before };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError("write", path, error);
    }
    // By the time of this process alone: that of a server may be another.
    const found = await stateOf(lock);
    if (found !== seen) [seen, since] = [found, performance.now()];
    else if (performance.now() - since > ABANDONED_MS) await putAside(lock, seen);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What tells a lock from the next one; nothing of none. */
async function stateOf(lock: string): Promise<string> {
  const found = await lstat(lock).catch(() => undefined);
  return found ? `${found.ino} ${found.mtimeMs}` : "";
}

/** Removes an abandoned lock. It is renamed first, so that of two that do so, the one that comes later sees that it has taken another one's new lock, and gives it back. */
async function putAside(lock: string, abandoned: string): Promise<void> {
  const aside = unfinishedPath(lock);
  try {
    await rename(lock, aside);
  } catch {
    return; // the other one was quicker
  }
  if ((await stateOf(aside)) === abandoned) await rm(aside, { force: true });
  else await rename(aside, lock);
}
