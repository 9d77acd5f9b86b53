import type { ImageSource } from "./source.js";

/** The source with the pixels of this grey value missing (NaN), in float32, which has all values of the other types. */
export function withoutValue(source: ImageSource, value: number): ImageSource {
  // Pixels are float32 numbers.
  const marked = Math.fround(value);
  const { format, name, axes, shape, chunks, metadata, software } = source;
  return {
    ...{ format, name, axes, shape, chunks, metadata, dtype: "float32" },
    ...(software && { software }),
    read: async (region, options) => {
      const block = await source.read(region, options);
      const data = Float32Array.from(block.data);
      for (let i = 0; i < data.length; i++) if (data[i] === marked) data[i] = Number.NaN;
      return { axes: block.axes, shape: block.shape, dtype: "float32", data };
    },
    close: () => source.close(),
  };
}
