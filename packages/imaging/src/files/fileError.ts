import { InputError } from "../image/inputError.js";
import { TransientError } from "../image/transientError.js";

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

/** Any other that comes of the system, also one that Node has no name for (a stale file of a network drive). */
const OF_SYSTEM = /^(?:E[A-Z0-9]+|UNKNOWN|Unknown system error -?\d+)$/;

/** A handle that was closed already, an address that is none: what this program has done wrong. */
const DEFECTS: ReadonlySet<string> = new Set(["EBADF", "EFAULT"]);

/** What may be read another time: another program holds it, a network drive is away or slow, memory is short. */
const PASSES =
  /^(?:EAGAIN|EBUSY|EINTR|ENOMEM|ENFILE|ETIMEDOUT|ESTALE|EHOST\w+|ENET\w+|ECONN\w+|ENOTCONN|UNKNOWN|Unknown .*)$/;

/**
 * An error of the file system as one sentence that names the file: `write out/model.safetensors: no space left on the disk`, a `PlaceError`
 * where nothing else could be written there either, a `TransientError` of what may be read another time. Anything else (a defect, an `InputError`) passes through unchanged.
 */
export function fileError(verb: "read" | "write", path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_INVALID_ARG_VALUE" && path.includes("\0")) {
    return new InputError(`${verb} ${JSON.stringify(path)}: no file has a name with a zero byte`, {
      cause: error,
    });
  }
  if (typeof code !== "string" || !OF_SYSTEM.test(code) || DEFECTS.has(code)) return error;
  const sentence = SENTENCES[code] ?? systemSentence(code, (error as Error).message);
  return new (kindOf(verb, code))(`${verb} ${path}: ${sentence}`, { cause: error, file: path });
}

function kindOf(verb: "read" | "write", code: string): typeof InputError {
  if (verb === "write") return OF_THE_PLACE.has(code) ? PlaceError : InputError;
  return PASSES.test(code) ? TransientError : InputError;
}

/** What the system says, as Node has it: `EBUSY: resource busy or locked, open 'a.tif'`. */
function systemSentence(code: string, message: string): string {
  const said = message.startsWith(`${code}: `) ? message.slice(code.length + 2).split(",")[0]! : code;
  return said === code ? `the system says ${code}` : `${said} (${code})`;
}
