import type { PageRange } from "../image/fileSpec.js";
import { InputError } from "../image/inputError.js";
import type { ImageSource } from "../image/source.js";
import type { FileStore } from "./fileStore.js";
import type { FileFormat, FolderFormat, ImageFormat } from "./format.js";
import { formatOfName, formatsText } from "./formatOfName.js";
import { isUrl } from "./httpFiles.js";
import type { RandomAccess } from "./randomAccess.js";
import { imageFormats } from "./registry.js";
import type { Siblings } from "./siblings.js";

export interface OpenImageOptions {
  /** Which pages; all of them by default. */
  readonly pages?: PageRange;
  /** What lies beside a file. Without it, an image of several files is what this one holds of it. */
  readonly siblings?: Siblings;
  /** Default: all that there are. */
  readonly formats?: readonly ImageFormat[];
}

/** So many bytes are enough to tell every format by. */
const FIRST_BYTES = 512;

/**
 * Opens an image of any format, of which there are the bytes of a file or the files of a folder: the one that its first bytes or its files are of, whatever it
 * is called, else the one that its name speaks of, which then says what is wrong. `name` is what messages call it. What is of no format is an `InputError`
 * that lists those that are read.
 */
export async function openImage(
  name: string,
  contents: RandomAccess | FileStore,
  { pages, siblings, formats = imageFormats }: OpenImageOptions = {},
): Promise<ImageSource> {
  return "byteLength" in contents
    ? openBytes(name, contents, { pages, siblings }, formats.filter(isOfFiles))
    : openFolder(name, contents, pages, formats.filter(isOfFolders));
}

/** The format of a file that has to be converted first; undefined where it has not. */
export async function convertedFormatOf(
  name: string,
  bytes: RandomAccess,
  { formats = imageFormats }: OpenImageOptions = {},
): Promise<FileFormat | undefined> {
  const format = formatOfBytes(name, await firstBytesOf(bytes), formats.filter(isOfFiles));
  return format?.converted ? format : undefined;
}

/** The paths of the other files that the image in a file is read from, as far as they are there; none of most images. */
export async function otherFilesOf(
  name: string,
  bytes: RandomAccess,
  siblings: Siblings,
  { formats = imageFormats }: Pick<OpenImageOptions, "formats"> = {},
): Promise<readonly string[]> {
  const format = formatOfBytes(name, await firstBytesOf(bytes), formats.filter(isOfFiles));
  return (await format?.others?.(bytes, name, siblings)) ?? [];
}

const firstBytesOf = (bytes: RandomAccess): Promise<Uint8Array> =>
  bytes.read(0, Math.min(FIRST_BYTES, bytes.byteLength));

function formatOfBytes(
  name: string,
  first: Uint8Array,
  formats: readonly FileFormat[],
): FileFormat | undefined {
  return formats.find((known) => known.matches(name, first)) ?? formatOfName(name, formats);
}

const isOfFolders = (format: ImageFormat): format is FolderFormat => format.folder === true;
const isOfFiles = (format: ImageFormat): format is FileFormat => !isOfFolders(format);

async function openFolder(
  name: string,
  files: FileStore,
  pages: PageRange | undefined,
  formats: readonly FolderFormat[],
): Promise<ImageSource> {
  for (const format of formats) if (await format.matches(name, files)) return format.open(files, name, pages);
  const format = formatOfName(name, formats);
  if (format) return format.open(files, name, pages);
  if (isUrl(name)) {
    throw new InputError(
      `there is none of ${formatsText(formats)} at ${name}; download images of other formats first`,
    );
  }
  const read = formats.length > 0 ? `, or a folder that is one: ${formatsText(formats)}` : "";
  throw new InputError(`read ${name}: is a folder, expected a file${read}`);
}

async function openBytes(
  name: string,
  bytes: RandomAccess,
  { pages, siblings }: { readonly [K in "pages" | "siblings"]: OpenImageOptions[K] | undefined },
  formats: readonly FileFormat[],
): Promise<ImageSource> {
  const first = await firstBytesOf(bytes);
  const format = formatOfBytes(name, first, formats);
  if (format) return format.open(bytes, name, pages, siblings);
  if (first.length === 0) {
    throw new InputError(`${name} is empty (0 bytes), expected an image: ${formatsText(formats)}`);
  }
  const hex = [...first.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new InputError(
    `${name} is of no format that is read (it starts with the bytes ${hex}); expected ${formatsText(formats)}`,
  );
}
