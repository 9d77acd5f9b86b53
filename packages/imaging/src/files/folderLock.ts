import { randomBytes } from "node:crypto";
import { lstat, open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { z } from "zod";
import { InputError } from "../image/inputError.js";
import { atomicWrite, exists } from "./atomicWrite.js";
import { fileError } from "./fileError.js";
import { fileIdentity } from "./fileIdentity.js";
import { pidNamespace } from "./pidNamespace.js";
import { processTicks } from "./processTicks.js";
import { systemStart } from "./systemStart.js";
import { unfinishedPath } from "./unfinished.js";

/** What writes to a folder. */
export type LockedWork = "training" | "download";

/** The file that says which process does that work in a folder. Hidden, so that it is no entry of the folder. */
export const lockFile = (folder: string, work: LockedWork): string => join(folder, `.${work}.lock`);

/** How often the owner of a lock touches its file. */
const TOUCH_MS = 10_000;
/** A file that is not touched for so long, of one that touches it, is of a process that has ended: no work keeps a process from its timers for so long, but one that is stopped (`docker pause`) does not touch it either. */
const ABANDONED_MS = 120_000;
/** How often it is looked whether a file is touched. */
const POLL_MS = 1000;

const ownerSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** The namespace that its number is of, see `pidNamespace`; locks of before do not say it. */
  namespace: z.string().nullable().optional(),
  /** When the process began, in the system's own words, which tells it from a later one of the same number; null where it is not known. */
  began: z.string().nullable(),
  since: z.string(),
  /** The folder: a lock that was copied with it is nobody's. */
  folder: z.string().nullable(),
  /** Whether the owner touches the file; those of before do not. */
  touches: z.literal(true).optional(),
  token: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

/** The tokens of locks that this process holds. */
const own = new Set<string>();

/**
 * That one process alone does some work in a folder. The lock is a file with the owner's number and host. That of a process which has ended, or of another folder that this one was copied from, is taken over; of a process on
 * another host nobody here can tell, nor, where systems do not say when a process began, of another process with the number of one that ended: it stays until somebody removes it. So does that of another container of this host's name, but where it is not touched for two minutes, as
 * that of a container which was killed and started again.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #work: LockedWork;
  readonly #token: string = randomBytes(12).toString("hex");
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, work: LockedWork) {
    this.#folder = resolve(folder);
    this.#work = work;
  }

  /** Takes the lock of the folder, which is there; nothing happens where it is held already. An `InputError` where another process has it. */
  async take(): Promise<void> {
    if (own.has(this.#token)) return;
    const file = lockFile(this.#folder, this.#work);
    const namespace = pidNamespace();
    const owner: Owner = {
      pid: process.pid,
      host: hostname(),
      namespace,
      began: await beginningOf(process.pid),
      since: new Date().toISOString(),
      folder: (await fileIdentity(this.#folder)) ?? null,
      // Where there are no namespaces, there are no containers to be told apart.
      ...(namespace !== null && { touches: true }),
      token: this.#token,
    };
    await removeStale(file, this.#work, owner);
    try {
      await atomicWrite(file, `${JSON.stringify(owner)}\n`, { replace: false });
    } catch (error) {
      const other = await ownerIn(file);
      throw other ? heldBy(other, owner, file, this.#work) : error;
    }
    own.add(this.#token);
    if (owner.touches) {
      this.#timer = setInterval(() => void this.#touch(file), TOUCH_MS);
      this.#timer.unref();
    }
  }

  /** That nobody in another container takes it for that of a process which has ended. */
  async #touch(file: string): Promise<void> {
    try {
      if ((await ownerIn(file))?.token !== this.#token) return;
      const handle = await open(file, "r+");
      try {
        const now = new Date();
        await handle.utimes(now, now);
      } finally {
        await handle.close();
      }
    } catch {
      // On a network drive that is away for a moment it is done the next time.
    }
  }

  /** Gives it back; nothing happens where it is not held. One that cannot be read just now stays, which is that of a process that has ended before long. */
  async release(): Promise<void> {
    if (!own.delete(this.#token)) return;
    clearInterval(this.#timer);
    const file = lockFile(this.#folder, this.#work);
    const owner = await ownerIn(file).catch(() => undefined);
    if (owner?.token === this.#token) await rm(file, { force: true });
  }
}

/** Removes a lock of nobody; an `InputError` where it is somebody's, or cannot be read. */
async function removeStale(file: string, work: LockedWork, here: Owner): Promise<void> {
  if (!(await exists(file))) return;
  const found = await ownerIn(file);
  if (found && (await isHeld(found, here)) && !(isWatched(found, here) && (await isAbandoned(file))))
    throw heldBy(found, here, file, work);
  // Put aside first: two that find it at a time do not remove each other's new one.
  const aside = unfinishedPath(file);
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return; // the other one was quicker
    throw fileError("write", file, error);
  }
  const taken = await ownerIn(aside).catch(async (error: unknown) => {
    await rename(aside, file); // whose it is cannot be told
    throw error;
  });
  if (taken?.token !== found?.token) {
    await rename(aside, file);
    if (taken) throw heldBy(taken, here, file, work);
  }
  await rm(aside, { force: true });
}

async function isHeld(owner: Owner, here: Owner): Promise<boolean> {
  const elsewhere = isElsewhere(owner, here);
  // A network drive has another device number on each host, but its folders have the same one on all.
  const identity = (folder: string | null): string | undefined =>
    elsewhere ? folder?.replace(/^\d+:/, "") : (folder ?? undefined);
  if (owner.folder !== null && identity(owner.folder) !== identity(here.folder)) return false;
  if (elsewhere) return true;
  if (owner.pid === here.pid) return own.has(owner.token);
  if (!isAlive(owner.pid)) return false;
  const began = await beginningOf(owner.pid);
  return owner.began === null || began === null || owner.began === began;
}

/** Whether numbers of its processes say nothing here: on another host, or in another container since the same start of the system, before which no process runs any more. */
function isElsewhere(owner: Owner, here: Owner): boolean {
  if (owner.host !== here.host) return true;
  const startOf = ({ began }: Owner): string | undefined => began?.split(" ")[0];
  const restarted = owner.began !== null && here.began !== null && startOf(owner) !== startOf(here);
  return owner.namespace !== undefined && owner.namespace !== here.namespace && !restarted;
}

/** Whether it can be told of a process elsewhere that it has ended, by its lock: in another container of this host's name, as that of one which is started again has it, but which counts its processes anew. */
const isWatched = (owner: Owner, here: Owner): boolean =>
  isElsewhere(owner, here) && owner.host === here.host && owner.touches === true;

/** Whether a lock that its owner touches is no longer touched, or gone. It is looked at until it is touched, or for two minutes of this process's own time: that of a server may be another. */
async function isAbandoned(file: string): Promise<boolean> {
  const touched = async (): Promise<number | undefined> =>
    (await lstat(file).catch(() => undefined))?.mtimeMs;
  const [before, since] = [await touched(), performance.now()];
  while (performance.now() - since <= ABANDONED_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const now = await touched();
    if (now === undefined) return true;
    if (now !== before) return false;
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Of Linux: which start of the system that was, and the clock ticks from it to that of the process. Null elsewhere. */
async function beginningOf(pid: number): Promise<string | null> {
  const [start, ticks] = [systemStart(), await processTicks(pid)];
  return start === null || ticks === undefined ? null : `${start} ${ticks}`;
}

/** What a lock says; undefined where there is none, or nothing that a lock says. One that cannot be read (another user's, a network drive that is away) may be somebody's: an `InputError`. */
async function ownerIn(file: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError("read", file, error);
  }
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function heldBy(owner: Owner, here: Owner, file: string, work: LockedWork): InputError {
  const { pid, host, began, since } = owner;
  const untold = isWatched(owner, here)
    ? ""
    : isElsewhere(owner, here)
      ? `; if that process has ended, which cannot be told from here, remove ${file}`
      : began === null
        ? `; if that process is another one by now, which cannot be told on this system (after a power cut, numbers are given anew), remove ${file}`
        : "";
  return new InputError(
    `write ${resolve(file, "..")}: a ${work} writes there since ${since} (process ${pid} on ${host}); wait for its end, or give another folder${untold}`,
    { keys: ["out"] },
  );
}
