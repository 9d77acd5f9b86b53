import type { ImageSource } from "./source.js";

/** What pixels become that have the grey value that stands for no value: missing, as NaN and infinity are, and unlike NaN, which a file may have besides. */
export const NO_VALUE: number = Number.NEGATIVE_INFINITY;

/** The source with the pixels of this grey value missing (`NO_VALUE`), in float32, which has all values of the other types. `onTaken` is told where a file of floats has `NO_VALUE` itself, which nothing tells from these any more. */
export function withoutValue(source: ImageSource, value: number, onTaken?: () => void): ImageSource {
  // Pixels are float32 numbers.
  const marked = Math.fround(value);
  const { format, name, axes, shape, chunks, metadata, software } = source;
  return {
    ...{ format, name, axes, shape, chunks, metadata, dtype: "float32" },
    ...(software && { software }),
    read: async (region, options) => {
      const block = await source.read(region, options);
      const data = new Float32Array(block.data);
      for (let i = 0; i < data.length; i++) {
        if (data[i] === marked) data[i] = NO_VALUE;
        else if (data[i] === NO_VALUE) onTaken?.();
      }
      return { axes: block.axes, shape: block.shape, dtype: "float32", data };
    },
    close: () => source.close(),
  };
}
