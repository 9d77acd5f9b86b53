const CLEAR = 256;
const END = 257;
const TABLE = 4096;

/**
 * LZW as TIFF has it: the highest bit first, codes wider one entry early (TIFF 6.0, section 13). Blocks of the first writers (libtiff before 1992) have the lowest bit first and
 * codes wider in time; they begin with a clear code in that order.
 */
export function decodeLzw(bytes: Uint8Array, length: number): Uint8Array {
  const old = bytes[0] === 0 && (bytes[1]! & 1) === 1;
  const early = old ? 0 : 1;
  const out = new Uint8Array(length);
  // An entry is what the code before stood for, and the byte after it: where both are in `out`.
  const start = new Uint32Array(TABLE);
  const size = new Uint16Array(TABLE);
  let [next, width, before, beforeSize] = [258, 9, -1, 0];
  let [held, heldBits, from, at] = [0, 0, 0, 0];
  while (at < length) {
    while (heldBits < width) {
      if (from === bytes.length) throw new Error(`LZW ends after ${at} of ${length} bytes`);
      held = old ? held | (bytes[from++]! << heldBits) : (held << 8) | bytes[from++]!;
      heldBits += 8;
    }
    heldBits -= width;
    const code = (old ? held : held >>> heldBits) & ((1 << width) - 1);
    held = old ? held >>> width : held & ((1 << heldBits) - 1);
    if (code === CLEAR) {
      [next, width, before] = [258, 9, -1];
      continue;
    }
    if (code === END) throw new Error(`LZW ends after ${at} of ${length} bytes`);
    const known = before === -1 ? 256 : next + (next < TABLE ? 1 : 0);
    if (code >= known) throw new Error(`LZW has code ${code} where there are ${known}`);
    if (before !== -1 && next < TABLE) {
      start[next] = before;
      size[next] = beforeSize + 1;
      next++;
      if (next + early >= 1 << width && width < 12) width++;
    }
    before = at;
    if (code < 256) {
      out[at++] = code;
      beforeSize = 1;
      continue;
    }
    beforeSize = size[code]!;
    // The newest entry may reach into itself, so byte by byte.
    const end = Math.min(length, at + beforeSize);
    for (let copy = start[code]!; at < end; ) out[at++] = out[copy++]!;
  }
  return out;
}
