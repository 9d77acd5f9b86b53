import { open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { InputError } from "../image/inputError.js";
import { unfinishedPath } from "./unfinished.js";

/** What the system is asked for. */
export interface WaitingSystem {
  readonly platform: NodeJS.Platform;
  wait(milliseconds: number): Promise<void>;
}

const HERE: WaitingSystem = {
  platform: process.platform,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** So long scanners, indexers and backups hold a file, and a removed one that somebody reads keeps its name. */
const LONGEST_MS = 5000;
const [FIRST_MS, MOST_MS] = [10, 500];

/** As Windows says that a file is held, but also that nothing may be written in its folder. */
const HELD: ReadonlySet<unknown> = new Set(["EACCES", "EBUSY", "EPERM"]);

/**
 * What `work` resolves to, which renames, creates or removes `path`: on Windows it is tried again for 5 s while another program holds the file, which elsewhere hinders nobody. An `InputError` where it is held after that and the folder can
 * be written to otherwise; all that `work` throws else.
 */
export async function whenReleased<T>(
  path: string,
  work: () => Promise<T>,
  { platform, wait }: WaitingSystem = HERE,
): Promise<T> {
  let waited = 0;
  for (let next = FIRST_MS; ; next = Math.min(2 * next, MOST_MS)) {
    try {
      return await work();
    } catch (error) {
      if (platform !== "win32" || !HELD.has((error as NodeJS.ErrnoException).code)) throw error;
      if (waited >= LONGEST_MS) throw (await takesFiles(dirname(path))) ? held(path, error) : error;
    }
    await wait(next);
    waited += next;
  }
}

const held = (path: string, cause: unknown): InputError =>
  new InputError(
    `write ${path}: another program holds it, or it is write-protected; close it there and try again`,
    { cause, file: path },
  );

/** Whether a file can be made in a folder. */
async function takesFiles(folder: string): Promise<boolean> {
  const file = unfinishedPath(join(folder, "file"));
  try {
    await (await open(file, "wx")).close();
    await rm(file, { force: true });
    return true;
  } catch {
    return false;
  }
}
