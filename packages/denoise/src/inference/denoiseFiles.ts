import {
  calibrationOf,
  castImage,
  type ImageWriter,
  InputError,
  type LazyStack,
  writableAs,
} from "@clidim/imaging";
import { createImageFile, makeFolder, openStack } from "@clidim/imaging/node";
import { loadModel } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import type { ClassicalMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import { checkReportSizes, FileAssessment } from "./fileAssessment.js";
import type { DenoiseHooks, FileDenoiser, FilesDenoiser } from "./fileDenoiser.js";
import { modelsDenoiser } from "./modelsDenoiser.js";
import { outputPlaces, type Places } from "./outputPlaces.js";

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
  /** Paths with optional page ranges. */
  readonly files: readonly string[];
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
   * Of models: writes `<name>.uncertainty.tif` beside each result: the standard deviation over so many passes, pixel by pixel, float32, in grey values. With one model, passes in
   * which something is drawn anew (see `sampledPasses`), at least 2; with several, one pass of each, and this is their number.
   */
  readonly uncertainty?: number;
}

export interface DenoisedFile {
  readonly input: string;
  readonly output: string;
  readonly pages: number;
  /** What a classical method chose: "Gaussian blur: sigma 1.02 pixels, chosen on the image itself". */
  readonly chosen?: string;
  /** The HTML file, where reports were asked for. */
  readonly report?: string;
  /** The map, where uncertainty was asked for. */
  readonly uncertainty?: string;
}

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers) in
 * `out`. A file is normalised as a whole, never by tile or page, and so are the parameters of a classical method chosen. The same options give the same results on one adapter.
 *
 * `InputError`s, before anything is written where they can be known: no files, files that cannot be used (see `openImageFile`), constant images, NaNs, two files of one
 * name, an output that would replace an input, a report of pages under 32 x 32 pixels, a model of another kind, an uncertainty that
 * the models have none of, what only models take given with a classical method, pages too small for that, no adapter; no space.
 */
export async function denoiseFiles(
  options: DenoiseFilesOptions,
  hooks: DenoiseHooks = {},
): Promise<DenoisedFile[]> {
  if (options.files.length === 0) throw new InputError("expected at least one image to denoise, got none");
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

async function denoiseAll<P>(
  denoiser: FilesDenoiser<P>,
  { files, out, report = false, uncertainty }: DenoisedImages,
  hooks: DenoiseHooks,
): Promise<DenoisedFile[]> {
  const { signal, onProgress } = hooks;
  const { passes } = denoiser;
  const inputs: LazyStack[] = [];
  try {
    for (const file of files) inputs.push(await openStack(file));
    const places = await outputPlaces(inputs, out, { report, uncertainty: uncertainty !== undefined });
    if (report) checkReportSizes(inputs);
    const preparations: P[] = [];
    for (const input of inputs) preparations.push(await denoiser.prepare(input, hooks));
    const start = await denoiser.start();
    const total = passes * inputs.reduce((sum, { pageCount }) => sum + pageCount, 0);
    await makeFolder(out);
    const results: DenoisedFile[] = [];
    let done = 0;
    for (const [i, input] of inputs.entries()) {
      const place = places[i]!;
      const ofFile = await start(input, preparations[i]!, hooks);
      const assessment = report ? new FileAssessment(input) : undefined;
      const map = uncertainty !== undefined;
      await denoiseFile(ofFile, input, place, { assessment, map }, signal, (page, part) => {
        // Thrown through the denoiser, so that a large image is not finished first.
        signal?.throwIfAborted();
        onProgress?.({ done: done + page * passes + part, total, passes, file: input.name });
      });
      done += passes * input.pageCount;
      const written = await assessment?.write(place, ofFile);
      results.push({
        input: input.name,
        output: place.output,
        pages: input.pageCount,
        ...(ofFile.calibrated && { chosen: ofFile.calibrated.sentence }),
        ...(written !== undefined && { report: written }),
        ...(map && { uncertainty: place.uncertainty }),
      });
    }
    return results;
  } finally {
    for (const input of inputs) await input.close();
  }
}

async function denoiseFile(
  denoiser: FileDenoiser,
  input: LazyStack,
  { output, uncertainty }: Places,
  { assessment, map: withMap }: { readonly assessment: FileAssessment | undefined; readonly map: boolean },
  signal: AbortSignal | undefined,
  onPart: (page: number, passes: number) => void,
): Promise<void> {
  const { dtype, pageCount, source } = input;
  const { axes, shape, metadata } = source;
  const writers: ImageWriter[] = [];
  try {
    const writer = await createImageFile(output, {
      axes,
      shape,
      dtype,
      metadata,
      format: writableAs(source).format,
    });
    writers.push(writer);
    const map = withMap
      ? await createImageFile(uncertainty, {
          axes,
          shape,
          dtype: "float32",
          metadata: calibrationOf(metadata),
        })
      : undefined;
    if (map) writers.push(map);
    for (let page = 0; page < pageCount; page++) {
      const noisy = await input.readPage(page);
      const result = await denoiser.denoise(noisy, page, (passes) => onPart(page, passes));
      const written = castImage(result.denoised, dtype);
      await writer.writePage(written);
      if (map && result.uncertainty) await map.writePage(castImage(result.uncertainty, "float32"));
      assessment?.add(page, noisy, written);
    }
    signal?.throwIfAborted();
    for (const open of writers) await open.close();
  } catch (error) {
    for (const open of writers) await open.abort();
    throw error;
  }
}
