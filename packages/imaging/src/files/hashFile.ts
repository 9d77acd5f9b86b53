import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fileError } from "./fileError.js";

/** What a manifest records of a file. */
export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Size and SHA-256 of a file, read as a stream. */
export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      const part: Uint8Array = chunk; // without an encoding a read stream yields buffers
      hash.update(part);
      bytes += part.length;
    }
  } catch (error) {
    throw fileError("read", path, error);
  }
  return { path, bytes, sha256: hash.digest("hex") };
}
