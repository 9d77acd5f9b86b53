import type GeoTIFF from "geotiff";
import type { RandomAccess } from "../randomAccess.js";

/** geotiff's view of a file; reads past the end give fewer bytes (its own file source pads them with zeros). */
export function geotiffSource(bytes: RandomAccess): Parameters<typeof GeoTIFF.fromSource>[0] {
  const fetchSlice = async ({ offset, length }: { offset: number; length: number }) => {
    const there = Math.max(0, Math.min(length, bytes.byteLength - offset));
    const data = there > 0 ? await bytes.read(offset, there) : new Uint8Array();
    const whole = data.byteLength === data.buffer.byteLength;
    return { offset, length, data: whole ? data.buffer : data.slice().buffer };
  };
  return {
    fileSize: null,
    fetchSlice,
    fetch: async (slices) => Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data)),
    close: async () => {},
  };
}
