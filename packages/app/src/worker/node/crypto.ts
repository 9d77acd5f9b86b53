/** `node:crypto` for the library in a browser's worker, as far as it uses it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export interface Hash {
  update(data: ArrayBufferView | string): Hash;
  digest(encoding: "hex"): string;
}

export function createHash(algorithm: "sha256"): Hash {
  if (algorithm !== "sha256") throw new Error(`createHash: there is no ${String(algorithm)} here`);
  const state = sha256.create();
  const hash: Hash = {
    update: (data) => {
      state.update(
        typeof data === "string"
          ? utf8ToBytes(data)
          : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
      return hash;
    },
    digest: () => bytesToHex(state.digest()),
  };
  return hash;
}

export function randomBytes(count: number): { toString(encoding: "hex"): string } {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return { toString: () => bytesToHex(bytes) };
}
