import type { PageRange } from "../image/fileSpec.js";
import { InputError } from "../image/inputError.js";
import type { ImageSource } from "../image/source.js";
import type { ImageFormat } from "./format.js";
import { formatOfName, formatsText } from "./formatOfName.js";
import type { RandomAccess } from "./randomAccess.js";
import { imageFormats } from "./registry.js";

export interface OpenImageOptions {
  /** Which pages; all of them by default. */
  readonly pages?: PageRange;
  /** Default: all that there are. */
  readonly formats?: readonly ImageFormat[];
}

/** So many bytes are enough to tell every format by. */
const FIRST_BYTES = 512;

/**
 * Opens an image of any format: the one that its first bytes are of, whatever it is called, else the one that its name speaks of, which then says what is
 * wrong. `name` is what messages call the file. A file of no format is an `InputError` that lists those that are read.
 */
export async function openImage(
  name: string,
  bytes: RandomAccess,
  { pages, formats = imageFormats }: OpenImageOptions = {},
): Promise<ImageSource> {
  const first = await bytes.read(0, Math.min(FIRST_BYTES, bytes.byteLength));
  const format = formats.find((known) => known.matches(name, first)) ?? formatOfName(name, formats);
  if (format) return format.open(bytes, name, pages);
  if (first.length === 0) {
    throw new InputError(`${name} is empty (0 bytes), expected an image: ${formatsText(formats)}`);
  }
  const hex = [...first.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new InputError(
    `${name} is of no format that is read (it starts with the bytes ${hex}); expected ${formatsText(formats)}`,
  );
}
