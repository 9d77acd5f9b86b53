import type { ZSTDDecoder } from "zstddec";

let loaded: Promise<ZSTDDecoder> | undefined;

/** Few files need it, and it is large. */
async function load(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder: Decoder } = await import("zstddec");
  const decoder = new Decoder();
  await decoder.init();
  return decoder;
}

/** zstd by the decoder of its authors, which is told how many bytes there are. Most damage is found; blocks have no checksum as libtiff writes them. */
export async function decodeZstd(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  loaded ??= load();
  // What is wrong comes as a negative length, of which nothing is made.
  const out = (await loaded).decode(bytes, length);
  if (out.length !== length) throw new Error(`zstd: the block is damaged, or has no ${length} bytes`);
  return out;
}
