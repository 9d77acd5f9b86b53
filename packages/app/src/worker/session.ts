import { join } from "pathe";
import { holdLock } from "../engine/holdLock.js";
import { mkdir, readdir, rm } from "./node/fsPromises.js";
import process from "./node/process.js";
import { makeStoredFolder } from "./node/storage.js";

const SESSIONS = "/storage/sessions";

const lockOf = (pid: number | string): string => `clidim-session-${pid}`;

/** A folder of the storage for what this worker writes and nobody needs when it has ended. Those of workers that have ended are removed. */
export function sessionFolder(): Promise<string> {
  opening ??= openSession().catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}
let opening: Promise<string> | undefined;

async function openSession(): Promise<string> {
  await holdLock(lockOf(process.pid));
  await mkdir(SESSIONS, { recursive: true });
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  for (const pid of await readdir(SESSIONS)) {
    if (!alive.has(lockOf(pid))) await rm(join(SESSIONS, pid), { recursive: true, force: true });
  }
  const folder = join(SESSIONS, String(process.pid));
  await makeStoredFolder(folder);
  return folder;
}

let made = 0;

/** A new folder in it. */
export async function temporaryFolder(): Promise<string> {
  const folder = join(await sessionFolder(), String(made++));
  await makeStoredFolder(folder);
  return folder;
}
