import { dirname } from "node:path";
import {
  calibrationOf,
  castImage,
  type ImageWriter,
  InputError,
  PlaceError,
  writableAs,
} from "@clidim/imaging";
import { createImageFile, makeFolder, openStack } from "@clidim/imaging/node";
import { loadModel } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import type { ClassicalMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import { FileAssessment } from "./fileAssessment.js";
import type { DenoisedFile, DenoiseHooks, FileStart, FilesDenoiser } from "./fileDenoiser.js";
import { modelsDenoiser } from "./modelsDenoiser.js";
import type { Places } from "./outputPlaces.js";
import { type FailedFile, type InputFile, planFiles, type SkippedFile } from "./planFiles.js";

/** Models, or a classical method. */
export type DenoiseFilesOptions = DenoisedImages & (ByModels | ByMethod);

interface ByModels {
  /** The methods that models may be of. */
  readonly methods: MethodRegistry;
  /** A model file, or a folder that `train` has written; of several, the mean of their results is taken. */
  readonly model: string | readonly string[];
  readonly method?: undefined;
}

interface ByMethod {
  /** Its parameters are chosen on each file by itself; it needs no device and no clean image. */
  readonly method: ClassicalMethod;
  readonly model?: undefined;
}

interface DenoisedImages {
  /** Paths with optional page ranges, alone or with a folder for the result below `out`. */
  readonly files: readonly (string | InputFile)[];
  /** The folder for the results. */
  readonly out: string;
  /**
   * Of models: which grey values become the network's range, those of the training data or those of each file. Default "model"; "image" for a
   * model whose training normalised each batch by itself.
   */
  readonly normalization?: "model" | "image";
  /**
   * Writes `<name>.report.html` and `<name>.report.json` beside each result (see `assessPage`). Default false. Of a stack, eight pages evenly spread are assessed.
   */
  readonly report?: boolean;
  /** Of models: average the results for the eight orientations of each page (see `selfEnsemble`). Default false. */
  readonly ensemble?: boolean;
  /**
   * Of models: writes `uncertainty/<name>.tif` below `out` for each result: the standard deviation over so many passes, pixel by pixel, float32, in grey values. With one model, passes in
   * which something is drawn anew (see `sampledPasses`), at least 2; with several, one pass of each, and this is their number.
   */
  readonly uncertainty?: number;
  /** Results that are there already are replaced. Default false: they are refused. */
  readonly overwrite?: boolean;
  /** Files whose results are there already are left out, whatever made these: so a batch goes on. Default false. */
  readonly skipExisting?: boolean;
  /** Files that the command should not have named are left out like those that cannot be used. Default false. */
  readonly keepGoing?: boolean;
}

/** What became of the files: each is in one of the lists, in the order given. */
export interface DenoisedBatch {
  readonly denoised: readonly DenoisedFile[];
  /** Those whose result was there, with `skipExisting`. */
  readonly skipped: readonly SkippedFile[];
  readonly failed: readonly FailedFile[];
}

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers) in
 * `out`. A file is normalised as a whole, never by tile or page, and so are the parameters of a classical method chosen. The same options give the same results on one adapter.
 * Files are opened one by one; a result appears when it is complete, after its report and its map, and replaces nothing unless `overwrite` is given, an input never.
 *
 * A file that turns out not to be usable (damaged, constant, NaNs, too small for a report or a method) is left out and listed as failed, and the others are denoised. What is wrong with the
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
  if (options.method) {
    refuseModelOptions(options.method, options);
    return denoiseAll(classicalDenoiser(options.method), options, hooks);
  }
  const { methods, model, normalization, ensemble = false, uncertainty } = options;
  const paths = typeof model === "string" ? [model] : model;
  if (paths.length === 0) throw new InputError("expected at least one model, got none");
  const models: Model[] = [];
  for (const path of paths) models.push(await loadModel(path, methods));
  const passes = { ensemble, ...(uncertainty !== undefined && { uncertainty }) };
  return denoiseAll(modelsDenoiser(models, normalization, passes), options, hooks);
}

/** What a network has and a classical method has not. */
function refuseModelOptions(
  { title }: ClassicalMethod,
  { normalization, ensemble, uncertainty }: DenoisedImages,
): void {
  const keys = [
    ...(normalization === undefined ? [] : ["normalization"]),
    ...(ensemble ? ["ensemble"] : []),
    ...(uncertainty === undefined ? [] : ["uncertainty"]),
  ];
  if (keys.length === 0) return;
  throw new InputError(`${title} takes no ${keys.join(" and no ")}, only models do; leave it out`, { keys });
}

async function denoiseAll(
  denoiser: FilesDenoiser,
  options: DenoisedImages,
  hooks: DenoiseHooks,
): Promise<DenoisedBatch> {
  const { out, report = false, uncertainty, keepGoing = false, overwrite = false } = options;
  const files = options.files.map((file) => (typeof file === "string" ? { file, folder: "" } : file));
  const { signal, onProgress } = hooks;
  const { passes } = denoiser;
  const map = uncertainty !== undefined;
  const denoised: DenoisedFile[] = [];
  const failed: FailedFile[] = [];
  const fail = (file: FailedFile): void => {
    if (files.length === 1) throw file.error;
    failed.push(file);
    hooks.onFailed?.(file);
  };
  const existing = overwrite ? "overwrite" : options.skipExisting ? "skip" : "refuse";
  const plan = { files, out, report, uncertainty: map, existing, keepGoing, signal, onFailed: fail } as const;
  const { planned, skipped } = await planFiles(plan);
  for (const file of skipped) hooks.onSkipped?.(file);
  if (planned.length > 0) {
    const start = await denoiser.start();
    const total = passes * planned.reduce((sum, { pages }) => sum + pages, 0);
    let done = 0;
    for (const { input, pages, places } of planned) {
      const onPart = (parts: number): void => {
        // Thrown through the denoiser, so that a large image is not finished first.
        signal?.throwIfAborted();
        onProgress?.({ done: done + parts, total, passes, file: input });
      };
      try {
        const file = await denoiseFile(
          start,
          input,
          places,
          { report, map, overwrite },
          hooks,
          (page, part) => onPart(page * passes + part),
        );
        denoised.push(file);
        hooks.onDenoised?.(file);
      } catch (error) {
        if (!(error instanceof InputError) || error instanceof PlaceError) throw error;
        fail({ input, error });
      }
      done += passes * pages;
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

interface Written {
  readonly report: boolean;
  readonly map: boolean;
  readonly overwrite: boolean;
}

/** Denoises one file, which is open meanwhile. Its result appears last: where it is, all of the file is. */
async function denoiseFile(
  start: FileStart,
  file: string,
  places: Places,
  { report, map: withMap, overwrite }: Written,
  hooks: DenoiseHooks,
  onPart: (page: number, passes: number) => void,
): Promise<DenoisedFile> {
  const { output, uncertainty } = places;
  const replace = { replace: overwrite };
  const writers: ImageWriter[] = [];
  const input = await openStack(file);
  try {
    const denoiser = await start(input, hooks);
    const assessment = report ? new FileAssessment(input) : undefined;
    const { dtype, pageCount, source } = input;
    const { axes, shape, metadata } = source;
    await makeFolder(dirname(output));
    const { format } = writableAs(source);
    const writer = await createImageFile(output, { axes, shape, dtype, metadata, format }, replace);
    writers.push(writer);
    let map: ImageWriter | undefined;
    if (withMap) {
      await makeFolder(dirname(uncertainty));
      const header = { axes, shape, dtype: "float32", metadata: calibrationOf(metadata) } as const;
      map = await createImageFile(uncertainty, header, replace);
      writers.push(map);
    }
    for (let page = 0; page < pageCount; page++) {
      const noisy = await input.readPage(page);
      const result = await denoiser.denoise(noisy, page, (passes) => onPart(page, passes));
      const written = castImage(result.denoised, dtype);
      await writer.writePage(written);
      if (map && result.uncertainty) await map.writePage(castImage(result.uncertainty, "float32"));
      assessment?.add(page, noisy, written);
    }
    hooks.signal?.throwIfAborted();
    await map?.close();
    const written = await assessment?.write(places, denoiser, replace);
    await writer.close();
    return {
      input: input.name,
      output,
      pages: pageCount,
      ...(denoiser.calibrated && { chosen: denoiser.calibrated.sentence }),
      ...(written !== undefined && { report: written }),
      ...(map && { uncertainty }),
    };
  } catch (error) {
    for (const open of writers) await open.abort();
    throw error;
  } finally {
    await input.close();
  }
}
