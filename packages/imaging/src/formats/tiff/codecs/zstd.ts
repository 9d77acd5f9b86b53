import type { ZSTDDecoder } from "zstddec";

let loaded: Promise<ZSTDDecoder> | undefined;

/** Few files need it, and it is large. */
async function load(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder: Decoder } = await import("zstddec");
  const decoder = new Decoder();
  await decoder.init();
  return decoder;
}

/** The decoder, which does not look whether it got memory, has 2^31 bytes in all. What it writes where there are none makes it run for ever later. */
const MOST_BYTES = 2 ** 30;

/** zstd by the decoder of its authors, which is told how many bytes there are. Most damage is found; blocks have no checksum as libtiff writes them. */
export async function decodeZstd(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  if (bytes.length + length > MOST_BYTES) {
    throw new Error(
      `zstd: a block of ${length} bytes, expected at most ${MOST_BYTES}; store it in smaller strips or tiles`,
    );
  }
  loaded ??= load();
  // What is wrong comes as a negative length, of which nothing is made.
  const out = (await loaded).decode(bytes, length);
  if (out.length !== length) throw new Error(`zstd: the block is damaged, or has no ${length} bytes`);
  return out;
}
