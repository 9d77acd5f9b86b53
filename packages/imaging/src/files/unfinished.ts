import { createHash, randomBytes } from "node:crypto";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { pidNamespace } from "./pidNamespace.js";
import { processTicks } from "./processTicks.js";
import { systemStart } from "./systemStart.js";

/** Something unfinished that nobody has written to for so long is nobody's, where it cannot be told whether its process still runs. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** What has been there for so much longer than a process is none of that process: times of files are rounded, of some file systems to two seconds. */
const MARGIN_MS = 10_000;

/** As Linux counts them for programs, on every machine. */
const TICK_MS = 10;

/** A name for what is not finished, beside the finished one: hidden, with the process that writes it. */
export function unfinishedPath(path: string): string {
  const own = `${hostDigits()}${process.pid.toString(16).padStart(8, "0")}`;
  return join(dirname(path), `.${stem(basename(path))}.${own}.${randomBytes(6).toString("hex")}.part`);
}

/**
 * A name for where something of `path` waits that is about to be replaced, as `unfinishedPath`: a folder, in which it keeps its name. `removeAbandoned` puts it back where a killed program has left nothing in its place.
 */
export function replacedPath(path: string): string {
  return unfinishedPath(path).replace(/part$/, REPLACED);
}

const REPLACED = "old.part";

/** Behind the name: twelve digits of the host and eight of the process, then random ones. Of those that were written before, four digits of the host, or random ones alone. */
const ENDING = "(?:([0-9a-f]{4}|[0-9a-f]{12})([0-9a-f]{8})\\.)?[0-9a-f]{12}\\.((?:old\\.)?part)";
const ENDING_ALONE = new RegExp(`^${ENDING}$`);

/** Any name with such an ending. */
const UNFINISHED = new RegExp(`^\\..+?\\.${ENDING}$`);

/** A name that the file system takes with what is put around it, for any that it takes. */
function stem(name: string): string {
  const longest = 100;
  return new TextEncoder().encode(name).length <= longest
    ? name
    : createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** Whether `entry`, of the folder of a file called `name`, is what a killed program has left of an `openAtomic` of it. */
export function isUnfinished(entry: string, name: string): boolean {
  const start = `.${stem(name)}.`;
  return entry.startsWith(start) && ENDING_ALONE.test(entry.slice(start.length));
}

/** Removes what killed programs have left of files of these names in a folder, on whichever host they ran: for whoever is the only one that writes there. */
export async function removeUnfinished(folder: string, names: readonly string[]): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (names.some((name) => isUnfinished(entry, name))) await rm(join(folder, entry), { force: true });
  }
}

let host: string | undefined;

/** Of the host's name and, on Linux, of its start, as processes of before are none of those that run, and of the namespace that numbers of processes are of: containers of one name count theirs apart. */
function hostDigits(): string {
  host ??= createHash("sha256").update(hostText()).digest("hex").slice(0, 12);
  return host;
}

function hostText(): string {
  return [hostname(), systemStart() ?? "", pidNamespace() ?? ""].join(" ");
}

/** Folders that this process has looked at. */
const looked = new Set<string>();

/**
 * Removes what killed programs have left unfinished in a folder, the first time that this process writes there: that of processes of this host which have ended, also where another one has their number by now, as far as its age tells; and, of all that may be of one that runs or not, that which nobody has written to for a day. What they were about to
 * replace is put back where nothing has come to its place. Everything else stays, files with other names always.
 */
export async function removeAbandoned(folder: string): Promise<void> {
  if (looked.has(folder)) return;
  looked.add(folder);
  const entries = await readdir(folder).catch(() => []);
  let now: Promise<number> | undefined;
  const clock = (): Promise<number> => {
    now ??= timeIn(folder);
    return now;
  };
  for (const entry of entries) {
    const found = UNFINISHED.exec(entry);
    if (!found) continue;
    const [, itsHost, pid, kind] = found;
    const path = join(folder, entry);
    const own = itsHost === hostDigits() ? Number.parseInt(pid!, 16) : undefined;
    if (own === undefined || isAlive(own)) {
      const age = own === undefined ? undefined : await ageOf(own);
      if (!(await isOld(path, (await clock()) - (age ?? ABANDONED_MS)))) continue;
    }
    try {
      if (kind === REPLACED) await putBack(path, folder);
      await rm(path, { recursive: true, force: true });
    } catch {
      // It is no worse than before where it cannot be put back or removed.
    }
  }
}

/** Moves what is in a folder into another one, but to no place that is taken. */
async function putBack(from: string, folder: string): Promise<void> {
  for (const name of await readdir(from)) {
    const isFree = await lstat(join(folder, name)).then(
      () => false,
      () => true,
    );
    if (isFree) await rename(join(from, name), join(folder, name));
  }
}

/** What time it is in a folder, in milliseconds, by a file that is written there: the clock of its server may be days from ours. NaN where nothing can be written. */
async function timeIn(folder: string): Promise<number> {
  const path = unfinishedPath(join(folder, "time"));
  try {
    const file = await open(path, "wx");
    try {
      return (await file.stat()).mtimeMs;
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  } catch {
    return Number.NaN;
  }
}

/** Whether nobody has written to a file, or to anything below a folder, since `since`: what is written deep in a folder leaves the folder's own time as it is. */
async function isOld(path: string, since: number): Promise<boolean> {
  const isAbandoned = async (one: string): Promise<boolean> => (await lstat(one)).mtimeMs <= since;
  try {
    if (!(await isAbandoned(path))) return false;
    if (!(await lstat(path)).isDirectory()) return true;
    for (const entry of await readdir(path, { recursive: true })) {
      if (!(await isAbandoned(join(path, entry)))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** For how many milliseconds at most a process of this host has run, which writes nothing before it begins; undefined where that cannot be told: of others than this one, but on Linux. */
async function ageOf(pid: number): Promise<number | undefined> {
  // The one clock stands while a machine sleeps, the other may be set.
  const own = MARGIN_MS + Math.max(process.uptime() * 1000, Date.now() - performance.timeOrigin);
  if (pid === process.pid) return own;
  const [before, ours] = [await processTicks(pid), await processTicks(process.pid)];
  return before === undefined || ours === undefined ? undefined : own + (ours - before) * TICK_MS;
}

/** Whether there is a process of this number, whoever's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
