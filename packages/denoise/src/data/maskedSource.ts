import { type ImageSource, type PixelType, withoutValue } from "@clidim/imaging";

/** Which grey value stands for no value: the one given, none, or (undefined) the one that each file says itself. */
export type Nodata = number | "none" | undefined;

/** A source whose pixels of one grey value are missing, and what is needed to write them back. */
export interface MaskedSource {
  readonly source: ImageSource;
  readonly masked?: {
    readonly value: number;
    readonly dtype: PixelType;
    /** Whether pixels that were read are -Infinity in the file: they are written back as the value, too. */
    readonly infinite: () => boolean;
  };
}

/** The source with the pixels that stand for no value missing; as it is where there is no such value. */
export function maskedSource(source: ImageSource, nodata: Nodata): MaskedSource {
  const value = nodata ?? source.metadata.nodata;
  if (value === undefined || value === "none") return { source };
  let found = false;
  const without = withoutValue(source, value, () => {
    found = true;
  });
  return { source: without, masked: { value, dtype: source.dtype, infinite: () => found } };
}

/** What missing pixels are, in words, of files with a value that stands for no value or without one: only floats may be NaN or infinite besides. */
export function missingText(nodata: number | undefined, dtype: PixelType = "float32"): string {
  if (nodata === undefined) return "NaN or infinite";
  if (dtype !== "float32") return `${nodata}, which stands for no value`;
  return `${nodata} (which stands for no value), NaN or infinite`;
}
