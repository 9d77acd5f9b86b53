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

/** A file as UTF-8, or as the UTF-16 that it begins with the mark of, as `>` of Windows PowerShell writes it. Errors as `readWholeFile`. */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readWholeFile(path);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
