import { type FileHandle, open } from "node:fs/promises";
import type { RandomAccess } from "../formats/randomAccess.js";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";

/** An open file. */
export interface OpenFile extends RandomAccess {
  close(): Promise<void>;
}

/** Opens a file for reading piece by piece. One that is missing, a folder or may not be read is an `InputError`, as is whatever the file system says later. */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new InputError(`read ${path}: is a folder, expected a file`);
    return fileOf(handle, path, stat.size);
  } catch (error) {
    await handle?.close();
    throw fileError("read", path, error);
  }
}

function fileOf(handle: FileHandle, path: string, byteLength: number): OpenFile {
  return {
    byteLength,
    read: async (offset, length) => {
      const buffer = new Uint8Array(length);
      try {
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
          if (bytesRead === 0) {
            throw new InputError(
              `read ${path}: expected ${length} bytes from byte ${offset} on, the file ends after ${done}`,
            );
          }
          done += bytesRead;
        }
      } catch (error) {
        throw fileError("read", path, error);
      }
      return buffer;
    },
    close: () => handle.close(),
  };
}
