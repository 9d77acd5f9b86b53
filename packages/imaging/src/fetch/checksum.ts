import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fileError } from "../files/fileError.js";
import { InputError } from "../image/inputError.js";

/** What a file must hash to. */
export interface Checksum {
  readonly algorithm: "md5" | "sha256";
  /** Hexadecimal, lower case. */
  readonly hex: string;
}

/** Parses `sha256:...` or `md5:...`; anything else is an `InputError`. */
export function parseChecksum(text: string): Checksum {
  const [, md5, sha256] = /^(?:md5:([0-9a-f]{32})|sha256:([0-9a-f]{64}))$/i.exec(text.trim()) ?? [];
  if (md5 !== undefined) return { algorithm: "md5", hex: md5.toLowerCase() };
  if (sha256 !== undefined) return { algorithm: "sha256", hex: sha256.toLowerCase() };
  throw new InputError(`checksum ${text}: expected sha256: and 64 hexadecimal digits, or md5: and 32`);
}

/** The hashes that archives are known by. */
export interface Digests {
  readonly md5: string;
  readonly sha256: string;
}

/** Both hashes of a file, read once as a stream. */
export async function digestsOf(path: string): Promise<Digests> {
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) {
      const part: Uint8Array = chunk; // without an encoding a read stream yields buffers
      md5.update(part);
      sha256.update(part);
    }
  } catch (error) {
    throw fileError("read", path, error);
  }
  return { md5: md5.digest("hex"), sha256: sha256.digest("hex") };
}
