import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";

/** Whether there is a folder of that path. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The names of a folder's entries without hidden ones; undefined where there is no such folder. */
export async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw fileError("write", path, error);
  }
}

/**
 * Makes a folder and those above it that are missing; one that is there already is fine. (Node's own recursive mkdir never returns in file systems, such as
 * /proc, that let nobody make folders and say so with ENOENT.)
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
    return;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") {
      if ((await stat(path)).isDirectory()) return;
      throw new InputError(`write ${path}: is a file, expected a folder`, { cause: error });
    }
    const above = dirname(resolve(path));
    if (code !== "ENOENT" || above === resolve(path)) throw fileError("write", path, error);
    await makeFolder(above);
  }
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Someone else may have made it meanwhile.
    if (code === "EEXIST") return;
    throw code === "ENOENT"
      ? new InputError(`write ${path}: no folders can be made there`, { cause: error })
      : fileError("write", path, error);
  }
}
