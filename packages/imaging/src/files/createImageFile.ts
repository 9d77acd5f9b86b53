import { createImage } from "../formats/createImage.js";
import type { ImageHeader, ImageWriter } from "../formats/format.js";
import type { Image } from "../image/image.js";
import { openAtomicFolder } from "./atomicFolder.js";
import { type AtomicOptions, openAtomic } from "./atomicWrite.js";

/**
 * Starts an image file, or a folder where the format is one, see `createImage`; it appears under its name on `close`, and `abort` leaves nothing behind. No space, no permission and the like are
 * `InputError`s.
 */
export async function createImageFile(
  path: string,
  header: ImageHeader,
  options: AtomicOptions = {},
): Promise<ImageWriter> {
  return createImage(
    path,
    (kind) => (kind === "folder" ? openAtomicFolder(path, options) : openAtomic(path, options)),
    header,
  );
}

/** Writes pages of one size and dtype, as a plain stack of captures unless axes are given; nothing is left behind when the disk fails. */
export async function writeImageFile(
  path: string,
  pages: readonly Image[],
  { axes, shape, ...options }: Partial<Omit<ImageHeader, "dtype">> = {},
): Promise<void> {
  const first = pages[0];
  if (!first) throw new Error(`write ${path}: expected at least one page, got none`);
  const { width, height, dtype } = first;
  const stacked = pages.length > 1;
  const writer = await createImageFile(path, {
    axes: axes ?? (stacked ? ["T", "Y", "X"] : ["Y", "X"]),
    shape: shape ?? (stacked ? [pages.length, height, width] : [height, width]),
    dtype,
    ...options,
  });
  try {
    for (const page of pages) await writer.writePage(page);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
