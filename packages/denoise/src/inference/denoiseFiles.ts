import { InputError, PlaceError } from "@clidim/imaging";
import type { DenoisedImages, DenoiseFilesOptions } from "./denoiseFilesOptions.js";
import { denoisePlanned } from "./denoisePlanned.js";
import type { DenoisedFile, DenoiseHooks, FileStart } from "./fileDenoiser.js";
import { type LoadedDenoisers, loadDenoisers } from "./loadDenoisers.js";
import { besideResults } from "./outputPlaces.js";
import { type FailedFile, planFiles, type SkippedFile } from "./planFiles.js";
import { namedInput } from "./resultRecord.js";
import { ResultRecords } from "./resultRecords.js";
import { checkSampleSpace } from "./sampleStack.js";
import { unusableFile } from "./unusableFile.js";

/** What became of the files: each is in one of the lists, in the order given. */
export interface DenoisedBatch {
  readonly denoised: readonly DenoisedFile[];
  /** Those whose result was there, with `skipExisting`. */
  readonly skipped: readonly SkippedFile[];
  readonly failed: readonly FailedFile[];
}

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers, unless `dtype` says otherwise) in
 * `out`. A file is normalised as a whole, never by tile or page, of several channels each by itself, and so are the parameters of a classical method chosen. A channel is denoised
 * as it would be in a file of its own. The same options give the same results on one adapter.
 * Files are opened one by one; a result appears when it is complete, after its report and its map, and replaces nothing unless `overwrite` is given, an input never.
 *
 * Pixels that are NaN or infinite are so in the result as well, and are not looked at; blank pages among others are copied.
 *
 * A file that turns out not to be usable (damaged, constant, too small for a report or a method) is left out and listed as failed, and the others are denoised. What is wrong with the
 * command is an `InputError` before anything is written: no files, one that is not there, two results in one place, a result that is there already or would replace
 * an input; with `keepGoing` such files too are only left out. So is a model of another kind, an uncertainty that the models have none of, what only models take
 * given with a classical method, no adapter. Where not one file could be denoised, that is an `InputError`, of a single file its own. A folder that cannot be written to is one at once.
 */
export async function denoiseFiles(
  options: DenoiseFilesOptions,
  hooks: DenoiseHooks = {},
): Promise<DenoisedBatch> {
  if (options.files.length === 0) throw new InputError("expected at least one image to denoise, got none");
  if (options.overwrite && options.skipExisting) {
    throw new InputError("overwrite and skipExisting exclude each other; give one of both", {
      keys: ["overwrite", "skipExisting"],
    });
  }
  return denoiseAll(await loadDenoisers(options, hooks), options, hooks);
}

async function denoiseAll(
  { denoisers, map, frames }: LoadedDenoisers,
  options: DenoisedImages,
  hooks: DenoiseHooks,
): Promise<DenoisedBatch> {
  const { out, report = false, keepGoing = false, overwrite = false, samples } = options;
  const files = options.files.map((file) => (typeof file === "string" ? { file, folder: "" } : file));
  const { signal, onProgress } = hooks;
  const { z, t, nodata } = options;
  const passes = Math.max(...denoisers.map(({ denoiser }) => denoiser.passes));
  const denoised: DenoisedFile[] = [];
  const failed: FailedFile[] = [];
  const fail = (file: FailedFile): void => {
    if (files.length === 1) throw file.error;
    failed.push(file);
    hooks.onFailed?.(file);
  };
  const existing = overwrite ? "overwrite" : options.skipExisting ? "skip" : "refuse";
  // A result comes last: a report or a map without one is what a run left that was stopped in between.
  const replaced = { result: overwrite, beside: existing !== "refuse" };
  const records = await ResultRecords.of(out);
  const plan = {
    files,
    denoisers,
    planes: { z, t, nodata },
    frames,
    out,
    report,
    beside: besideResults(map, samples),
    ...(options.uncertainty !== undefined && { uncertainty: options.uncertainty }),
    ...(samples !== undefined && { samples }),
    dtype: options.dtype,
    existing,
    records,
    keepGoing,
    signal,
    onPhase: hooks.onPhase,
    onWarning: hooks.onWarning,
    onFailed: (file: FailedFile) => fail({ ...file, input: namedInput(file.input) }),
  } as const;
  const { planned, skipped } = await planFiles(plan);
  await records.write(); // of results that were there without
  for (const file of skipped) hooks.onSkipped?.(file);
  if (planned.length > 0) {
    if (samples !== undefined) await checkSampleSpace(out, samples, planned);
    const starts: FileStart[] = [];
    for (const { denoiser } of denoisers) starts.push(await denoiser.start(planned, hooks));
    const total = planned.reduce((sum, file) => sum + file.passes, 0);
    let done = 0;
    let [pages, pixels] = [0, 0];
    let pixelsLeft = planned.reduce((sum, file) => sum + file.pixels, 0);
    try {
      for (const work of planned) {
        const { input: file, passes: ofFile, pages: pagesOfFile, pixels: pixelsOfFile } = work;
        const onPart = (parts: number, name: string): void => {
          // Thrown through the denoiser, so that a large image is not finished first.
          signal?.throwIfAborted();
          const part = parts / ofFile;
          onProgress?.({
            ...{ done: done + parts, total, passes, file: name },
            pages: pages + part * pagesOfFile,
            pixels: pixels + part * pixelsOfFile,
            pixelsLeft: pixelsLeft - part * pixelsOfFile,
          });
        };
        try {
          const how = { denoisers, starts, frames, map, out, replaced };
          const { result, record } = await denoisePlanned(work, { ...options, ...how }, hooks, onPart);
          records.add(record);
          denoised.push(result);
          pages += pagesOfFile;
          pixels += pixelsOfFile;
          hooks.onDenoised?.(result);
        } catch (error) {
          const unusable = error instanceof PlaceError ? undefined : unusableFile(error, work);
          if (!unusable) throw error;
          fail({ input: file, error: unusable });
        }
        done += ofFile;
        pixelsLeft -= pixelsOfFile;
        await records.writeNowAndThen();
      }
    } finally {
      await records.write();
    }
  }
  const [first] = failed;
  if (first && denoised.length + skipped.length === 0) {
    throw new InputError(
      `none of the ${files.length} files could be denoised; the first: ${first.error.message}`,
      { cause: first.error },
    );
  }
  return { denoised, skipped, failed };
}
