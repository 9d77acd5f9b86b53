import { join } from "pathe";
import { sessionLock } from "../engine/sessionLock.js";
import { mkdir, readdir, rm } from "./node/fsPromises.js";
import { makeStoredFolder } from "./node/storage.js";

const SESSIONS = "/storage/sessions";

/** A folder of the storage for what this worker writes and nobody needs when its page is closed. Those of pages that are closed are removed. */
export function sessionFolder(): Promise<string> {
  opening ??= openSession().catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}
let opening: Promise<string> | undefined;

async function openSession(): Promise<string> {
  await mkdir(SESSIONS, { recursive: true });
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  for (const worker of await readdir(SESSIONS)) {
    if (!alive.has(sessionLock(worker))) await rm(join(SESSIONS, worker), { recursive: true, force: true });
  }
  const folder = join(SESSIONS, self.name);
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
