import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type FileStore, resolveByteRange } from "../formats/fileStore.js";
import { InputError } from "../image/inputError.js";
import { decodeApart } from "./decodingThread.js";
import { fileError } from "./fileError.js";

/** The files below a folder. Each is opened for one reading: there may be more of them than can be open. */
export function folderFiles(folder: string): FileStore {
  return {
    decode: decodeApart,
    read: async (path, range) => {
      const full = join(folder, path);
      let handle: FileHandle | undefined;
      try {
        handle = await open(full, "r");
        const stat = await handle.stat();
        if (stat.isDirectory()) return undefined;
        const { offset, length } = resolveByteRange(range, stat.size);
        const buffer = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
          if (bytesRead === 0) throw new InputError(`read ${full}: the file became shorter meanwhile`);
          done += bytesRead;
        }
        return buffer;
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
        throw fileError("read", full, error);
      } finally {
        await handle?.close();
      }
    },
  };
}
