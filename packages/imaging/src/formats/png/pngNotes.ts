import type { RandomAccess } from "../randomAccess.js";

/** Behind the signature. */
const FIRST_CHUNK = 8;

/** Bytes that are read at once: chunks of pixels are mostly of 8 KiB. */
const READ_BYTES = 2 ** 16;

const TEXT: readonly string[] = ["tEXt", "zTXt", "iTXt"];

/** Chunks that say something of the image, and what. */
const LOST: Readonly<Record<string, string>> = {
  pHYs: "its size of pixels (pHYs) is",
  tRNS: "its transparent colour (tRNS) is",
  iCCP: "its colour profile (iCCP) is",
  eXIf: "what its camera wrote (eXIf) is",
};

const latin1 = new TextDecoder("latin1");

/** What a PNG says that no result keeps, see `ImageMetadata`: of its chunks, up to where it is damaged, the names are read and, of text, the keyword. */
export async function pngNotes(bytes: RandomAccess): Promise<string[]> {
  const keywords = new Set<string>();
  const lost = new Set<string>();
  let [start, part] = [0, new Uint8Array()];
  for (let at = FIRST_CHUNK; at + 8 <= bytes.byteLength; ) {
    // The longest keyword has 79 letters.
    const needed = Math.min(8 + 79, bytes.byteLength - at);
    if (at + needed > start + part.length) {
      part = Uint8Array.from(await bytes.read(at, Math.min(READ_BYTES, bytes.byteLength - at)));
      start = at;
    }
    const chunk = part.subarray(at - start, at - start + needed);
    const length = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0);
    const name = latin1.decode(chunk.subarray(4, 8));
    if (TEXT.includes(name)) keywords.add(latin1.decode(chunk.subarray(8, 8 + length)).split("\0")[0]!);
    const said = LOST[name];
    if (said !== undefined) lost.add(`${said} not kept`);
    if (name === "IEND") break;
    at += 12 + length;
  }
  return [...(keywords.size > 0 ? [`its text (${[...keywords].join(", ")}) is not kept`] : []), ...lost];
}
