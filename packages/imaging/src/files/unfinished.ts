import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";

/** Something unfinished that nobody has written to for so long is nobody's, wherever its process ran. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** A name for what is not finished, beside the finished one: hidden, with the process that writes it. */
export function unfinishedPath(path: string): string {
  const own = `${hostDigits()}${process.pid.toString(16).padStart(8, "0")}`;
  return join(dirname(path), `.${stem(basename(path))}.${own}.${randomBytes(6).toString("hex")}.part`);
}

/** Behind the name: four digits of the host and eight of the process, then random ones. Of those that were written before, random ones alone. */
const ENDING = /^(?:([0-9a-f]{4})([0-9a-f]{8})\.)?[0-9a-f]{12}\.part$/;

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
  return entry.startsWith(start) && ENDING.test(entry.slice(start.length));
}

let host: string | undefined;

/** Of the host's name and, on Linux, of its start, as processes of before are none of those that run, and of the namespace that numbers of processes are of: containers of one name count theirs apart. */
function hostDigits(): string {
  host ??= createHash("sha256").update(hostText()).digest("hex").slice(0, 4);
  return host;
}

function hostText(): string {
  const start = ofLinux(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1"));
  return [hostname(), start, ofLinux(() => readlinkSync("/proc/self/ns/pid"))].join(" ");
}

function ofLinux(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** Folders that this process has looked at. */
const looked = new Set<string>();

/**
 * Removes what killed programs have left unfinished in a folder, the first time that this process writes there: that of processes of this host which have ended, and what nobody has written to for a day. Everything else
 * stays, files with other names always.
 */
export async function removeAbandoned(folder: string): Promise<void> {
  if (looked.has(folder)) return;
  looked.add(folder);
  const entries = await readdir(folder).catch(() => []);
  for (const entry of entries) {
    const found = /^\..+?\.((?:[0-9a-f]{12}\.)?[0-9a-f]{12}\.part)$/.exec(entry);
    const [, itsHost, pid] = (found && ENDING.exec(found[1]!)) ?? [];
    if (!found) continue;
    const path = join(folder, entry);
    const ended = itsHost === hostDigits() && !isAlive(Number.parseInt(pid!, 16));
    // It is no worse than before where it cannot be removed.
    if (ended || (await isOld(path))) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isOld(path: string): Promise<boolean> {
  return lstat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_MS,
    () => false,
  );
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
