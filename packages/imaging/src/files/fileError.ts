import { InputError } from "../image/inputError.js";

/** A place cannot be written to, whatever comes: no space, no permission. */
export class PlaceError extends InputError {}

/** What the file system says of a place rather than of one file. */
const OF_THE_PLACE: ReadonlySet<string> = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "ENOTDIR",
]);

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EISDIR: "is a folder, expected a file",
  ENOTDIR: "a part of the path is a file, expected a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than the file system or a limit of the system (ulimit -f) allows",
  ENAMETOOLONG: "the name is too long for the file system",
  EEXIST: "something of this name is there already",
  ENOTEMPTY: "a folder of this name is there, and not empty",
  ELOOP: "its links lead to one another",
  EIO: "the disk cannot be read or written",
  EMFILE: "too many open files",
};

/**
 * An error of the file system as one sentence that names the file: `write out/model.safetensors: no space left on the disk`, a `PlaceError`
 * where nothing else could be written there either. Anything else (a defect, an `InputError`) passes through unchanged.
 */
export function fileError(verb: "read" | "write", path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_INVALID_ARG_VALUE" && path.includes("\0")) {
    return new InputError(`${verb} ${JSON.stringify(path)}: no file has a name with a zero byte`, {
      cause: error,
    });
  }
  const sentence = typeof code === "string" ? SENTENCES[code] : undefined;
  if (typeof code !== "string" || !sentence) return error;
  const Kind = verb === "write" && OF_THE_PLACE.has(code) ? PlaceError : InputError;
  return new Kind(`${verb} ${path}: ${sentence}`, { cause: error, file: path });
}
