import { unzlibSync } from "fflate";

/**
 * What zlib's stream at the start of `bytes` holds, at most `most` bytes, whatever follows behind it: the decoders of browsers and of Node from 22 refuse a stream with bytes behind it, as their specification
 * has it, while zlib's own readers, libtiff among them, do not look at those. Undefined where the stream is damaged: its checksum is none of the four bytes that follow one another in `bytes`
 * (of a block of n bytes, a wrong one is among them by chance in n of 2^32 cases).
 */
export function inflateTrailed(bytes: Uint8Array, most: number): Uint8Array | undefined {
  let found: Uint8Array;
  try {
    found = unzlibSync(bytes, { out: new Uint8Array(most) });
  } catch {
    return undefined;
  }
  // Where the stream ends, the decoder does not say: its checksum is behind two bytes of header and one of data at least.
  return includes(bytes.subarray(3), adler32(found)) ? found : undefined;
}

/** Whether the four bytes of a number, the highest first, follow one another there. */
function includes(bytes: Uint8Array, number: number): boolean {
  const highest = number >>> 24;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.indexOf(highest); at >= 0 && at + 4 <= bytes.length; ) {
    if (view.getUint32(at) === number) return true;
    at = bytes.indexOf(highest, at + 1);
  }
  return false;
}

/** The checksum of RFC 1950: one more than the sum of the bytes, and the sum of those sums, each modulo 65521. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let start = 0; start < bytes.length; ) {
    // As many as 32 bits have room for between divisions.
    const end = Math.min(start + 3800, bytes.length);
    for (; start < end; start++) {
      low += bytes[start]!;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
