import { type ImageSource, lazyStack, type PixelType, writableAs } from "@clidim/imaging";
import { createImageFile } from "@clidim/imaging/node";
import { join } from "pathe";
import type { Copying } from "../copying.js";
import { rm } from "../node/fsPromises.js";
import { temporaryFolder } from "../session.js";
import { checkStorage } from "../storageSize.js";
import { storedName } from "./storedName.js";

const BYTES: Readonly<Record<PixelType, number>> = { uint8: 1, uint16: 2, int16: 2, float32: 4 };

/** Bytes of all pixels, which a file of them has about. */
export const pixelBytes = ({ shape, dtype }: ImageSource): number =>
  shape.reduce((count, extent) => count * extent, BYTES[dtype]);

/** The image in a file of its own in a folder of its own, and that file's path; nothing is left of one that is ended. */
export async function writeCopy(source: ImageSource, { proceed, onPhase }: Copying): Promise<string> {
  const { axes, shape, dtype, metadata } = source;
  const { name, format } = writableAs(source, { stack: true });
  await checkStorage(`${storedName(name)} with other axes`, pixelBytes(source));
  const folder = await temporaryFolder();
  const path = join(folder, storedName(name));
  try {
    const writer = await createImageFile(path, { axes, shape, dtype, metadata, format });
    try {
      const stack = lazyStack(source);
      for (let page = 0; page < stack.pageCount; page++) {
        proceed();
        onPhase(`Writing the image with its axes: page ${page + 1} of ${stack.pageCount}`);
        await writer.writePage(await stack.readPage(page, { missing: "keep" }));
      }
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return path;
}
