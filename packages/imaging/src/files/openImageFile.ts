import { httpFiles, isUrl, urlText } from "../formats/httpFiles.js";
import { type OpenImageOptions, openImage } from "../formats/openImage.js";
import type { FileSpec } from "../image/fileSpec.js";
import type { Image, Stack } from "../image/image.js";
import { type LazyStack, lazyStack, readPages } from "../image/lazyStack.js";
import type { ImageSource } from "../image/source.js";
import { folderFiles } from "./folderFiles.js";
import { isFolder } from "./folders.js";
import { type OpenFile, openFile } from "./openFile.js";
import { parseFileSpec } from "./parseFileSpec.js";

/**
 * Opens an image file of any format, or a folder or an http(s) address where the format is a folder, see `openImage`. Everything that can be known without
 * decoding is checked here: `InputError` for a missing file, a folder that is no image, an address that cannot be read, a file of no format, one that ends before its pages do, a range outside the pages, and what the format says of its own.
 */
export async function openImageFile(
  spec: FileSpec | string,
  options: Omit<OpenImageOptions, "pages"> = {},
): Promise<ImageSource> {
  const { path, range } = typeof spec === "string" ? parseFileSpec(spec) : spec;
  const opening = { ...options, ...(range && { pages: range }) };
  if (isUrl(path)) return openImage(urlText(path), httpFiles(path), opening);
  if (await isFolder(path)) return openImage(path, folderFiles(path), opening);
  return openOne(path, await openFile(path), opening);
}

async function openOne(path: string, file: OpenFile, options: OpenImageOptions): Promise<ImageSource> {
  let source: ImageSource;
  try {
    source = await openImage(path, file, options);
  } catch (error) {
    await file.close();
    throw error;
  }
  const { format, name, axes, shape, dtype, chunks, metadata } = source;
  return {
    ...{ format, name, axes, shape, dtype, chunks, metadata },
    read: (region, reading) => source.read(region, reading),
    close: async () => {
      try {
        await source.close();
      } finally {
        await file.close();
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
