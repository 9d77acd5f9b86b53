import { InputError } from "../image/inputError.js";
import { openFile } from "./openFile.js";

/** No file that is read as a whole (a model, a configuration) is larger. */
const MOST_BYTES = 2 ** 32;

/** All bytes of a file. An `InputError` where it is missing, a folder, a pipe or a device, which may never end, or larger than 4 GiB. */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const { byteLength } = file;
    if (byteLength <= MOST_BYTES) return await file.read(0, byteLength);
    throw new InputError(`read ${path}: has ${byteLength} bytes, expected at most ${MOST_BYTES}`, {
      file: path,
    });
  } finally {
    await file.close();
  }
}

/** A file as UTF-8. Errors as `readWholeFile`. */
export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder().decode(await readWholeFile(path));
}
