import { InputError } from "../image/inputError.js";
import type { DecodeCompiled } from "./compiledDecoders.js";

/** Bytes that are read piece by piece: those of a file handle, a Blob, or HTTP range requests behind one function. */
export interface RandomAccess {
  readonly byteLength: number;
  /** The bytes from `offset` on, exactly `length` of them, in an array that nobody else writes to. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** How what is read is decoded where the decoder is compiled. Default: in the thread that reads. */
  readonly decode?: DecodeCompiled;
}

/** The bytes of a file that a browser's user has chosen, or of any other Blob. One that has changed or gone since is an `InputError`. */
export function blobBytes(blob: Blob, name: string): RandomAccess {
  return {
    byteLength: blob.size,
    read: async (offset, length) => {
      if (offset + length > blob.size) {
        throw new Error(
          `read ${name}: expected bytes up to ${blob.size}, got ${offset} to ${offset + length}`,
        );
      }
      return readBlob(blob, offset, length, name);
    },
  };
}

/** Bytes of a Blob, as far as it has them. One that has changed or gone since it was chosen is an `InputError`. */
export async function readBlob(
  blob: Blob,
  offset: number,
  length: number,
  name: string,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
  } catch (error) {
    throw new InputError(
      `read ${name}: the file has changed or is gone since it was chosen; choose it again`,
      {
        cause: error,
      },
    );
  }
}
