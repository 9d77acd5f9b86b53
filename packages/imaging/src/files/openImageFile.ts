import { httpFiles, isUrl, urlText } from "../formats/httpFiles.js";
import { convertedFormatOf, type OpenImageOptions, openImage } from "../formats/openImage.js";
import { imageFormats } from "../formats/registry.js";
import type { FileSpec } from "../image/fileSpec.js";
import type { Image, Stack } from "../image/image.js";
import { InputError } from "../image/inputError.js";
import { type LazyStack, lazyStack, readPages } from "../image/lazyStack.js";
import type { ImageSource } from "../image/source.js";
import { type ConvertOptions, convertFile } from "./convertFile.js";
import { decodeApart } from "./decodingThread.js";
import { folderFiles } from "./folderFiles.js";
import { isFolder } from "./folders.js";
import { openFile } from "./openFile.js";
import { parseFileSpec } from "./parseFileSpec.js";
import { siblingFiles } from "./siblingFiles.js";

/** How an image file is opened. */
export interface OpenImageFileOptions extends Omit<OpenImageOptions, "pages" | "siblings">, ConvertOptions {}

/**
 * Opens an image file of any format, or a folder or an http(s) address where the format is a folder, see `openImage`. Files that Bio-Formats reads are converted first where it is
 * installed, see `convertFile`, and what they were converted to is removed on closing. An image of several files is read from all of them. Everything that can be known without decoding is checked here: `InputError` for a missing file, a
 * folder that is no image, an address that cannot be read, a file of no format, one that ends before its pages do, a range outside the pages, and what the format says of its own.
 */
export async function openImageFile(
  spec: FileSpec | string,
  options: OpenImageFileOptions = {},
): Promise<ImageSource> {
  const parsed = typeof spec === "string" ? parseFileSpec(spec) : spec;
  const { path } = parsed;
  const source = methodsOf(await InputError.of(path, () => openPath(parsed, options)));
  return { ...source, read: (region, reading) => InputError.of(path, () => source.read(region, reading)) };
}

async function openPath(
  { path, range }: FileSpec,
  { onPhase, signal, ...options }: OpenImageFileOptions,
): Promise<ImageSource> {
  const opening = { ...options, ...(range && { pages: range }) };
  if (isUrl(path)) return openImage(urlText(path), { ...httpFiles(path), decode: decodeApart }, opening);
  if (await isFolder(path)) return openImage(path, folderFiles(path), opening);
  const file = await openFile(path);
  return closing(file, async () => {
    const format = await convertedFormatOf(path, file, opening);
    const converted =
      format && (await convertFile(path, { ...(onPhase && { onPhase }), ...(signal && { signal }) }));
    if (!converted) {
      const siblings = siblingFiles(path);
      return closing(siblings, () => openImage(path, file, { ...opening, siblings }));
    }
    const released = { close: () => converted.release() };
    return closing(released, async () => {
      const source = await openConverted(path, converted.path, opening);
      return { ...methodsOf(source), format: format.name };
    });
  });
}

/** What a converter has made, under the name of what it was made from. */
async function openConverted(
  path: string,
  made: string,
  { formats = imageFormats, ...options }: OpenImageOptions,
): Promise<ImageSource> {
  // The name is that of a file which has to be converted.
  const opening = { ...options, formats: formats.filter((format) => format.folder || !format.converted) };
  if (await isFolder(made)) return openImage(path, folderFiles(made), opening);
  const file = await openFile(made);
  return closing(file, () => openImage(path, file, opening));
}

const methodsOf = (source: ImageSource): ImageSource => {
  const { format, name, axes, shape, dtype, chunks, metadata, software } = source;
  return {
    ...{ format, name, axes, shape, dtype, chunks, metadata },
    ...(software && { software }),
    read: (region, reading) => source.read(region, reading),
    close: () => source.close(),
  };
};

/** A source with which something else is closed; at once, where it cannot be opened. */
async function closing(
  also: { close(): Promise<void> },
  open: () => Promise<ImageSource>,
): Promise<ImageSource> {
  let source: ImageSource;
  try {
    source = await open();
  } catch (error) {
    await also.close();
    throw error;
  }
  return {
    ...methodsOf(source),
    close: async () => {
      try {
        await source.close();
      } finally {
        await also.close();
      }
    },
  };
}

/** The pages of an image file, to be read one by one. Errors as `openImageFile`. */
export async function openStack(spec: FileSpec | string): Promise<LazyStack> {
  const parsed = typeof spec === "string" ? parseFileSpec(spec) : spec;
  return lazyStack(await openImageFile(parsed), parsed.range);
}

/** All selected pages of a file in memory. Errors as `openStack` and its `readPage`. */
export async function readStack(spec: FileSpec | string): Promise<Stack> {
  const stack = await openStack(spec);
  try {
    const { name, width, height, dtype } = stack;
    const pages: Image[] = [];
    for await (const page of readPages(stack)) pages.push(page);
    return { name, width, height, dtype, pages };
  } finally {
    await stack.close();
  }
}
