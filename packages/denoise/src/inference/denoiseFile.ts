import { dirname } from "node:path";
import {
  calibrationOf,
  type ImageHeader,
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
import type { InputStack } from "./openInput.js";
import type { Places } from "./outputPlaces.js";
import { LARGEST_WHOLE_PAGE } from "./pageBands.js";
import { ReadAhead } from "./readAhead.js";
import type { RoundingLoss } from "./roundingLoss.js";
import { sampleStack, writeSamples } from "./sampleStack.js";
import { writePage } from "./writePage.js";

/** What is written of a file, and what of it may replace what is there. */
export interface Written {
  readonly report: boolean;
  readonly map: MapKind | undefined;
  /** How many samples of each page are written into a stack of their own; undefined: none. */
  readonly samples: number | undefined;
  readonly replaced: { readonly result: boolean; readonly beside: boolean };
  /** Of the result and of samples. */
  readonly dtype: PixelType;
  /** What is told of each channel's pixels before they are rounded; none where they are not. */
  readonly roundings: readonly (RoundingLoss | undefined)[];
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
  places: Places,
  {
    report,
    map: kind,
    samples,
    replaced,
    dtype: stored,
    roundings,
    provenance,
    largestPage = LARGEST_WHOLE_PAGE,
  }: Written,
  signal: AbortSignal | undefined,
  onPart: (passes: number, file: string) => void,
): Promise<DenoisedFile> {
  const { output, reports } = places;
  const beside = { replace: replaced.beside };
  const writers: ImageWriter[] = [];
  // Ends what was begun of pages that are not written.
  const unfinished = new AbortController();
  const assessments = channels.map(({ stack, denoiser }) =>
    report && denoiser ? new FileAssessment(stack) : undefined,
  );
  try {
    const { pageCount, source, masked } = input;
    /** As pages come to the writer, which puts the value for none in its place. */
    const dtype: PixelType = masked ? "float32" : stored;
    const { axes, shape } = source;
    const { nodata: _ofFile, ...others } = source.metadata;
    const metadata = { ...others, ...(masked && { nodata: masked.value }) };
    /** Starts a file. */
    const create = async (
      path: string,
      header: ImageHeader,
      options: { readonly replace: boolean },
    ): Promise<ImageWriter> => {
      await makeFolder(dirname(path));
      const created = await createImageFile(path, header, options);
      writers.push(created);
      return created;
    };
    /** Where a value stands for none, with that in the place of missing pixels. */
    const restored = (file: ImageWriter): ImageWriter =>
      masked ? restoringValue(file, masked.value, stored) : file;
    const file = await create(
      output,
      {
        axes,
        shape,
        dtype: stored,
        metadata,
        format: writableAs(source, { dtype: stored }).format,
        provenance,
      },
      { replace: replaced.result },
    );
    const writer = restored(file);
    let map: ImageWriter | undefined;
    if (kind) {
      const header = {
        axes,
        shape,
        dtype: "float32",
        metadata: calibrationOf(metadata),
        provenance,
      } as const;
      map = await create(places.beside[kind], header, beside);
    }
    const channelOf = pageIndicesAlong(source, "C");
    const counts = channels.map(() => 0);
    // Pages are counted along the channel, so that it is denoised as it would be in a file of its own.
    const pages = Array.from(channelOf, (at) => ({ at, ...channels[at]!, index: counts[at]!++ }));
    let done = 0;
    let missing = 0;
    const blank: number[] = [];
    const ahead = new ReadAhead(
      pages,
      largestPage,
      AbortSignal.any([unfinished.signal, ...(signal ? [signal] : [])]),
    );
    for (const [page, { at, stack, denoiser, passes: all, index }] of pages.entries()) {
      const passes = denoiser ? all - (samples ?? 0) : all;
      const part = (passed: number): void => onPart(done + passed, stack.name);
      const found = await writePage(
        stack,
        index,
        denoiser,
        { result: writer, map },
        {
          ...{ dtype, largestPage, onPart: part, assessment: assessments[at], rounding: roundings[at] },
          read: await ahead.take(page),
        },
      );
      missing += found.missing;
      if (found.blank) {
        blank.push(page);
        part(passes);
      }
      done += passes;
    }
    signal?.throwIfAborted();
    await map?.close();
    if (samples !== undefined) {
      const stack = sampleStack({ axes, shape, metadata }, samples);
      const details = [...provenance.details, ["Samples", String(samples)] as const];
      const header = {
        ...{ axes: stack.axes, shape: stack.shape, dtype: stored, metadata: stack.metadata },
        format: writableAs(source, { stack: true, dtype: stored }).format,
        provenance: { ...provenance, details },
      };
      const drawn = restored(await create(places.beside.samples, header, beside));
      const told = (drawnYet: number, file: string): void => onPart(done + drawnYet, file);
      await writeSamples(stack, pages, drawn, { dtype, largestPage, onPart: told });
      signal?.throwIfAborted();
      await drawn.close();
    }
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
      ...(kind && { [kind]: places.beside[kind] }),
      ...(samples !== undefined && { samples: places.beside.samples }),
    };
  } catch (error) {
    for (const open of writers) await open.abort();
    throw error;
  } finally {
    unfinished.abort();
  }
}
