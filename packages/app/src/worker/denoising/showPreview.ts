import { type DenoiseFilesOptions, denoiseFiles } from "@clidim/denoise/node";
import { InputError, pageCountOf, pageSizeOf, type Rectangle } from "@clidim/imaging";
import { openImageFile, writeImageFile } from "@clidim/imaging/node";
import { transfer } from "comlink";
import { join } from "pathe";
import type { DenoiseEvents, DenoiseRequest } from "../../engine/engine.js";
import { LONGEST_SIDE } from "../../engine/longestSide.js";
import type { OpenImage } from "../images/openImages.js";
import { indicesOf, readPlane } from "../images/readPlane.js";
import { rm } from "../node/fsPromises.js";
import { temporaryFolder } from "../session.js";
import type { By } from "./denoiseImage.js";

/** Pixels around the region that go with it, for what sees its surroundings. */
const HALO = 32;
/** Where the region is so large a part of the image, the image itself is done nearly as soon. */
const LARGEST_PART = 0.25;

/**
 * Shows the region that is looked at before the rest: cut out with a halo, and denoised as an image of its own in the same way. What is chosen on it may differ a little from what is chosen on the whole.
 * None is shown where that is no image to the method, or the image is hardly larger.
 */
export async function showPreview(
  { source }: OpenImage,
  { place, region }: NonNullable<DenoiseRequest["visible"]>,
  by: By,
  events: DenoiseEvents,
  signal: AbortSignal,
): Promise<void> {
  const size = pageSizeOf(source);
  const inner = within(region, size, 0);
  const outer = within(region, size, HALO);
  const pixels = size.width * size.height * pageCountOf(source);
  if (inner.width < 1 || inner.height < 1 || outer.width * outer.height > LARGEST_PART * pixels) return;
  const folder = await temporaryFolder();
  try {
    const { x, y, width, height } = outer;
    const block = await source.read({ ...indicesOf(source, place), Y: [y, y + height], X: [x, x + width] });
    const image = { width, height, dtype: block.dtype, data: block.data } as Parameters<
      typeof writeImageFile
    >[1][number]; // `dtype` and `data` come from one block
    const path = join(folder, "region.tif");
    const { nodata } = source.metadata;
    await writeImageFile(path, [image], nodata === undefined ? {} : { metadata: { nodata } });
    const out = join(folder, "denoised");
    const { denoised } = await denoiseFiles(
      // As for the whole, but that comparing models takes longer than what is looked at should.
      { ...by, ...("ready" in by && { ready: [] }), files: [path], out } as DenoiseFilesOptions,
      { signal },
    );
    const result = await openImageFile({ path: denoised[0]!.output }); // of one file there is a result, or an error
    try {
      const cut = { ...inner, x: inner.x - x, y: inner.y - y };
      const shown = await readPlane(result, {}, LONGEST_SIDE, cut);
      events.onPreview(
        transfer({ ...shown, place, region: inner }, [shown.data.buffer as ArrayBuffer]), // its own
      );
    } finally {
      await result.close();
    }
  } catch (error) {
    // What is wrong with the whole is told of the whole.
    if (!(error instanceof InputError)) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A region with a margin as far as the page reaches, on whole pixels. */
function within(
  { x, y, width, height }: Rectangle,
  page: { readonly width: number; readonly height: number },
  margin: number,
): Rectangle {
  const left = Math.max(0, Math.floor(x) - margin);
  const top = Math.max(0, Math.floor(y) - margin);
  const right = Math.min(page.width, Math.ceil(x + width) + margin);
  const bottom = Math.min(page.height, Math.ceil(y + height) + margin);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
