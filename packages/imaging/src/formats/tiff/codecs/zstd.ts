import { ZSTDDecoder } from "zstddec";

const decoder = new ZSTDDecoder();

/** zstd by the decoder of its authors, which is told how many bytes there are. Most damage is found; blocks have no checksum as libtiff writes them. */
export async function decodeZstd(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  await decoder.init();
  // What is wrong comes as a negative length.
  const out = decoder.decode(bytes, length);
  if (out.length !== length) throw new Error(`zstd: the block is damaged, or has no ${length} bytes`);
  return out;
}
