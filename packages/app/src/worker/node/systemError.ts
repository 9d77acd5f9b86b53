/** An error as Node's file functions have them, with a `code` by which callers tell what is wrong. */
export function systemError(code: string, path: string, cause?: unknown): Error & { readonly code: string } {
  return Object.assign(new Error(`${code}: ${path}`, { cause }), { code });
}

/** What the browser's file functions call what Node gives a code. */
const CODES: Readonly<Record<string, string>> = {
  NotFoundError: "ENOENT",
  TypeMismatchError: "ENOTDIR",
  InvalidModificationError: "ENOTEMPTY",
  NoModificationAllowedError: "EBUSY",
  NotAllowedError: "EACCES",
  NotReadableError: "EIO",
  QuotaExceededError: "ENOSPC",
};

/** What `work` on a file resolves to; the browser's error has its code then. */
export async function withCode<T>(path: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof DOMException ? CODES[error.name] : undefined;
    throw code === undefined ? error : systemError(code, path, error);
  }
}
