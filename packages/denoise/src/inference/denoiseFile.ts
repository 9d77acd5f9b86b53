import { dirname } from "node:path";
import {
  calibrationOf,
  castImage,
  type Image,
  type ImageWriter,
  type PixelType,
  type Provenance,
  pageIndicesAlong,
  restoringValue,
  writableAs,
} from "@clidim/imaging";
import { createImageFile, makeFolder } from "@clidim/imaging/node";
import type { MapKind } from "./denoisePasses.js";
import { FileAssessment } from "./fileAssessment.js";
import type { FileChannel } from "./fileChannels.js";
import type { DenoisedChannel, DenoisedFile } from "./fileDenoiser.js";
import { denoiseLargePage, unknownErrors } from "./largePage.js";
import { maskedPage } from "./maskedPage.js";
import type { InputStack } from "./openInput.js";
import type { Places } from "./outputPlaces.js";
import { LARGEST_WHOLE_PAGE } from "./pageBands.js";

/** What is written of a file, and what of it may replace what is there. */
export interface Written {
  readonly report: boolean;
  readonly map: MapKind | undefined;
  readonly replaced: { readonly result: boolean; readonly beside: boolean };
  /** What is written into the result of how it was made. */
  readonly provenance: Provenance;
  /** Pages of more pixels are denoised by bands of rows where that can be. */
  readonly largestPage?: number | undefined;
}

/**
 * Denoises the pages of an open file, those of channels without a denoiser and blank ones copied as they are. The result appears last: where it is, all of the file is. `onPart` is told the passes
 * done so far, in parts.
 */
export async function denoiseFile(
  input: InputStack,
  channels: readonly FileChannel[],
  { output, maps, reports }: Places,
  { report, map: kind, replaced, provenance, largestPage = LARGEST_WHOLE_PAGE }: Written,
  signal: AbortSignal | undefined,
  onPart: (passes: number, file: string) => void,
): Promise<DenoisedFile> {
  const beside = { replace: replaced.beside };
  const writers: ImageWriter[] = [];
  const assessments = channels.map(({ stack, denoiser }) =>
    report && denoiser ? new FileAssessment(stack) : undefined,
  );
  try {
    const { dtype, pageCount, source, masked } = input;
    const { axes, shape } = source;
    const { nodata: _ofFile, ...others } = source.metadata;
    const metadata = { ...others, ...(masked && { nodata: masked.value }) };
    await makeFolder(dirname(output));
    const { format } = writableAs(source);
    const created = await createImageFile(
      output,
      { axes, shape, dtype: masked?.dtype ?? dtype, metadata, format, provenance },
      { replace: replaced.result },
    );
    const writer = masked ? restoringValue(created, masked.value, masked.dtype) : created;
    writers.push(writer);
    let map: ImageWriter | undefined;
    if (kind) {
      await makeFolder(dirname(maps[kind]));
      const header = {
        axes,
        shape,
        dtype: "float32",
        metadata: calibrationOf(metadata),
        provenance,
      } as const;
      map = await createImageFile(maps[kind], header, beside);
      // There are no errors where there is no value.
      if (masked) map = restoringValue(map, Number.NaN, "float32");
      writers.push(map);
    }
    const channelOf = pageIndicesAlong(source, "C");
    const before = channels.map(() => 0);
    let done = 0;
    let missing = 0;
    const blank: number[] = [];
    for (let page = 0; page < pageCount; page++) {
      const at = channelOf[page]!;
      const { stack, denoiser, passes } = channels[at]!;
      // Pages are counted along the channel, so that it is denoised as it would be in a file of its own.
      const index = before[at]!++;
      if (stack.width * stack.height > largestPage && !assessments[at]?.wants(index)) {
        const part = (passed: number): void => onPart(done + passed, stack.name);
        const contents = await denoiseLargePage(
          stack,
          index,
          denoiser,
          { result: writer, map },
          { largestPage, onPart: part },
        );
        if (contents) {
          missing += contents.missing;
          if (contents.blank !== undefined) {
            blank.push(page);
            part(passes);
          }
          done += passes;
          continue;
        }
      }
      const noisy = await stack.readPage(index, { missing: "keep" });
      if (!denoiser) {
        await writer.writePage(stored(noisy, dtype));
        await map?.writePage(unknownErrors(noisy));
        continue;
      }
      const masked = maskedPage(noisy);
      missing += masked.missing;
      if (masked.whole) {
        const part = (passed: number): void => onPart(done + passed, stack.name);
        const result = await denoiser.denoise(masked.whole, index, part);
        const written = castImage(result.denoised, dtype);
        await writer.writePage(masked.restored(written));
        if (map && result.map) {
          await map.writePage(masked.restored(castImage(result.map, "float32")));
        }
        assessments[at]?.add(index, masked.part(masked.whole), masked.part(written));
      } else {
        blank.push(page);
        await writer.writePage(stored(noisy, dtype));
        await map?.writePage(unknownErrors(noisy));
        onPart(done + passes, stack.name);
      }
      done += passes;
    }
    signal?.throwIfAborted();
    await map?.close();
    const ofChannels: DenoisedChannel[] = [];
    for (const [i, { channel, denoiser }] of channels.entries()) {
      const base = reports[i];
      const written =
        denoiser && base !== undefined
          ? await assessments[i]?.write({ output, report: base }, denoiser, beside)
          : undefined;
      ofChannels.push({
        channel,
        denoised: denoiser !== undefined,
        ...(denoiser?.calibrated && { chosen: denoiser.calibrated.sentence }),
        ...(written !== undefined && { report: written }),
      });
    }
    await writer.close();
    const [only, ...more] = ofChannels;
    const { chosen, report: reported } = only!;
    return {
      input: input.name,
      output,
      pages: pageCount,
      ...(blank.length > 0 && { blank }),
      ...(missing > 0 && { missing }),
      ...(more.length > 0
        ? { channels: ofChannels }
        : {
            ...(chosen !== undefined && { chosen }),
            ...(reported !== undefined && { report: reported }),
          }),
      ...(kind && { [kind]: maps[kind] }),
    };
  } catch (error) {
    for (const open of writers) await open.abort();
    throw error;
  }
}

/** A page as files of a type have it: means of integers are rounded. */
const stored = (page: Image, dtype: PixelType): Image =>
  page.dtype === dtype ? page : castImage(page, dtype);
