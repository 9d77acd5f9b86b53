import { crc32c } from "@clidim/imaging";

/** What stands in place of the checksum while it is computed. */
export const NO_CHECKSUM = "crc32c:00000000";

/** Within a string, JSON has no quotation marks without a backslash. */
const BEFORE = /"checksum"\s*:\s*"crc32c:/;
const DIGITS = 8;

const hex = (value: number): string => value.toString(16).padStart(DIGITS, "0");

/** The position of the digits in the header of a safetensors file, whose length its first 8 bytes say. */
function digitsIn(bytes: Uint8Array): number | undefined {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder("latin1").decode(bytes.subarray(8, 8 + length));
  const found = BEFORE.exec(header);
  return found ? 8 + found.index + found[0].length : undefined;
}

/** CRC-32C of a safetensors file, its own digits taken for zeros, as the metadata's `checksum` has it: of every byte of weights, header and metadata. Undefined where the metadata have none of this kind. */
export function checksumOf(bytes: Uint8Array): string | undefined {
  const at = digitsIn(bytes);
  if (at === undefined) return undefined;
  const zeros = new TextEncoder().encode("0".repeat(DIGITS));
  const before = crc32c(zeros, crc32c(bytes.subarray(0, at)));
  return `crc32c:${hex(crc32c(bytes.subarray(at + DIGITS), before))}`;
}

/** Puts the checksum in place of `NO_CHECKSUM`. */
export function setChecksum(bytes: Uint8Array): void {
  const [at, checksum] = [digitsIn(bytes), checksumOf(bytes)];
  if (at === undefined || checksum === undefined) throw new Error("setChecksum: there is no place for it");
  bytes.set(new TextEncoder().encode(checksum.slice(-DIGITS)), at);
}
