import type { FileHandle } from "node:fs/promises";
import type GeoTIFF from "geotiff";

/** geotiff's view of a file; reads past the end give fewer bytes (its own file source pads them with zeros). */
export function fileSource(handle: FileHandle): Parameters<typeof GeoTIFF.fromSource>[0] {
  const fetchSlice = async ({ offset, length }: { offset: number; length: number }) => {
    const data = await readBytes(handle, offset, length);
    return { offset, length, data };
  };
  return {
    fileSize: null,
    fetchSlice,
    fetch: async (slices) => Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data)),
    close: async () => {},
  };
}

/** `length` bytes from `offset` on, fewer where the file ends. */
export async function readBytes(handle: FileHandle, offset: number, length: number): Promise<ArrayBuffer> {
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.buffer.slice(0, done);
}
