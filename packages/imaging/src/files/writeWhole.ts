import type { FileHandle } from "node:fs/promises";

/** Node refuses to write more than 2^31 - 1 bytes at once. */
const WRITE_BYTES = 2 ** 30;

/** Writes all of `bytes` from byte `position` of the file on, at most `most` at once. */
export async function writeWhole(
  file: Pick<FileHandle, "write">,
  bytes: Uint8Array,
  position: number,
  most: number = WRITE_BYTES,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const wanted = Math.min(bytes.length - done, most);
    const { bytesWritten } = await file.write(bytes, done, wanted, position + done);
    done += bytesWritten;
  }
}
