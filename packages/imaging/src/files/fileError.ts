import { InputError } from "../image/inputError.js";

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EISDIR: "is a folder, expected a file",
  ENOTDIR: "a part of the path is a file, expected a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than the file system allows",
  EMFILE: "too many open files",
};

/**
 * An error of the file system as one sentence that names the file: `write out/model.safetensors: no space left on the disk`.
 * Anything else (a defect, an `InputError`) passes through unchanged.
 */
export function fileError(verb: "read" | "write", path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const sentence = typeof code === "string" ? SENTENCES[code] : undefined;
  return sentence ? new InputError(`${verb} ${path}: ${sentence}`, { cause: error }) : error;
}
