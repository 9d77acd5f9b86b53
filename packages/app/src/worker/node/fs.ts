/** `node:fs` for the library in a browser's worker, as far as it uses it, see `fsPromises.ts`. */
import { resolve } from "pathe";
import { bytesOf } from "./bytesOf.js";
import { droppedFile, droppedNames } from "./droppedFiles.js";
import { blobOf } from "./fsPromises.js";
import { isStored } from "./storage.js";
import { systemError } from "./systemError.js";

export type { Dirent } from "./fsPromises.js";
export { fstatSync } from "./openFiles.js";
export type { Stats } from "./stats.js";

/** The storage cannot be asked at once: whoever does has a path of it in a place where none belongs. */
export function existsSync(given: string): boolean {
  const path = resolve(given);
  if (isStored(path)) throw new Error(`existsSync: ${path} is of the storage, which answers later only`);
  return droppedFile(path) !== undefined || droppedNames(path) !== undefined;
}

/** Nothing is read at once: what the library reads so, of a system, is not there. */
export function readFileSync(path: string): never {
  throw systemError("ENOENT", path);
}

/** Nor is a link. */
export function readlinkSync(path: string): never {
  throw systemError("ENOENT", path);
}

/** At once, nothing is removed. */
export function rmSync(path: string): never {
  throw systemError("EPERM", path);
}

const CHUNK = 2 ** 22;

/** The bytes of a file, piece by piece. */
export async function* createReadStream(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const file = await blobOf(path);
  for (let at = 0; at < file.size; at += CHUNK) {
    yield await bytesOf(path, file.slice(at, at + CHUNK));
  }
}
