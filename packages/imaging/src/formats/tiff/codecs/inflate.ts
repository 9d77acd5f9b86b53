import { inflateTrailed } from "../../inflateTrailed.js";

/** zlib's format by the decoder that browsers and Node have; its checksum is compared unless the block has more bytes than it should. */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  try {
    return await streamed(bytes, length);
  } catch (error) {
    // Some writers leave bytes behind the stream, as that of a block that was there before and larger.
    const found = inflateTrailed(bytes, length);
    if (found?.length !== length) throw error;
    return found;
  }
}

async function streamed(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // What goes wrong is said by the reader.
  const ignore = (): void => {};
  // The block is not shared between threads.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(ignore);
  writer.close().catch(ignore);
  const reader = stream.readable.getReader();
  const out = new Uint8Array(length);
  let at = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (at + value.length > length) {
      out.set(value.subarray(0, length - at), at);
      await reader.cancel().catch(ignore);
      return out;
    }
    out.set(value, at);
    at += value.length;
  }
  if (at < length) throw new Error(`deflate ends after ${at} of ${length} bytes`);
  return out;
}
