/** PackBits: a length byte, then so many bytes as they are or one that is repeated (TIFF 6.0, section 9). */
export function decodePackBits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (let from = 0; at < length; ) {
    const count = bytes[from++];
    const short = (): Error => new Error(`PackBits ends after ${at} of ${length} bytes`);
    if (count === undefined) throw short();
    if (count === 128) continue;
    if (count < 128) {
      if (from + count + 1 > bytes.length) throw short();
      const piece = bytes.subarray(from, from + Math.min(count + 1, length - at));
      out.set(piece, at);
      [at, from] = [at + count + 1, from + count + 1];
    } else {
      const value = bytes[from++];
      if (value === undefined) throw short();
      out.fill(value, at, at + 257 - count);
      at += 257 - count;
    }
  }
  return out;
}
