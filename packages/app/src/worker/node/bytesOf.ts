import { InputError } from "@clidim/imaging";
import { resolve } from "pathe";
import { isDropped } from "./droppedFiles.js";
import { withCode } from "./systemError.js";

/** The bytes of a file, or of a part of it. A file that the user has given is read long after it was opened: where it changed meanwhile, browsers refuse it, which is no fault of a disk. */
export async function bytesOf(given: string, file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const path = resolve(given);
  try {
    return new Uint8Array(await withCode(path, () => file.arrayBuffer()));
  } catch (error) {
    if (!isDropped(path) || !(error instanceof Error && "code" in error)) throw error;
    throw new InputError(
      `${path} was changed, moved or removed since it was opened, or the browser may not read it; open it again`,
      { cause: error, file: path },
    );
  }
}
