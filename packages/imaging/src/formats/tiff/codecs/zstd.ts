import type { DecodeCompiled } from "../../compiledDecoders.js";

/** The decoder, which does not look whether it got memory, has 2^31 bytes in all. What it writes where there are none makes it run for ever later. */
const MOST_BYTES = 2 ** 30;

/** zstd by the decoder of its authors, which is told how many bytes there are. Most damage is found; blocks have no checksum as libtiff writes them. */
export async function decodeZstd(
  bytes: Uint8Array,
  length: number,
  decode: DecodeCompiled,
): Promise<Uint8Array> {
  if (bytes.length + length > MOST_BYTES) {
    throw new Error(
      `zstd: a block of ${length} bytes, expected at most ${MOST_BYTES}; store it in smaller strips or tiles`,
    );
  }
  // What is wrong comes as a negative length, of which nothing is made.
  const out = await decode("zstdBlock", bytes, length);
  if (out.length !== length) throw new Error(`zstd: the block is damaged, or has no ${length} bytes`);
  return out;
}
