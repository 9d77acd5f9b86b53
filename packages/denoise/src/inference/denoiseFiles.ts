import { realpath } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import {
  assessedPages,
  assessPage,
  calibrationOf,
  castImage,
  evenlySpread,
  type Image,
  type ImageWriter,
  InputError,
  type IntensityCheck,
  type LazyPage,
  type LazyStack,
  type Normalization,
  type PageAssessment,
  type PagePictures,
  pagePictures,
  pagesOf,
  SMALLEST_ASSESSED,
  sizeText,
  streamedIntensityCheck,
  trustReportHtml,
  trustReportJson,
  writableAs,
} from "@clidim/imaging";
import { atomicWrite, createImageFile, makeFolder, openStack } from "@clidim/imaging/node";
import { normalizesBatches, streamedConfigured } from "../data/fitConfigured.js";
import { openDevice } from "../machine/openDevice.js";
import { loadModel } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { checkPasses, type PassesDenoiser, passesDenoiser } from "./denoisePasses.js";

export interface DenoiseFilesOptions {
  /** The methods that models may be of. */
  readonly methods: MethodRegistry;
  /** A model file, or a folder that `train` has written; of several, the mean of their results is taken. */
  readonly model: string | readonly string[];
  /** Paths with optional page ranges. */
  readonly files: readonly string[];
  /** The folder for the results. */
  readonly out: string;
  /**
   * Which grey values become the network's range: those of the training data, or those of each file. Default "model"; "image" for a
   * model whose training normalised each batch by itself.
   */
  readonly normalization?: "model" | "image";
  /**
   * Writes `<name>.report.html` and `<name>.report.json` beside each result (see `assessPage`). Default false. Of a stack, eight pages evenly spread are assessed.
   */
  readonly report?: boolean;
  /** Average the results for the eight orientations of each page (see `selfEnsemble`). Default false. */
  readonly ensemble?: boolean;
  /**
   * Writes `<name>.uncertainty.tif` beside each result: the standard deviation over so many passes, pixel by pixel, float32, in grey values. With one model, passes in
   * which something is drawn anew (see `sampledPasses`), at least 2; with several, one pass of each, and this is their number.
   */
  readonly uncertainty?: number;
}

export interface DenoiseProgress {
  /** Passes of a network over pages of all files together, in parts while tiles are done. */
  readonly done: number;
  readonly total: number;
  /** Passes per page; 1 unless there is an ensemble, an uncertainty or more than one model. */
  readonly passes: number;
  /** The file at work. */
  readonly file: string;
}

export interface DenoiseHooks {
  /** Aborting it stops after the tile at hand; the function rejects with the signal's reason and leaves no unfinished file. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DenoiseProgress) => void;
  readonly onWarning?: (sentence: string) => void;
}

export interface DenoisedFile {
  readonly input: string;
  readonly output: string;
  readonly pages: number;
  /** The HTML file, where reports were asked for. */
  readonly report?: string;
  /** The map, where uncertainty was asked for. */
  readonly uncertainty?: string;
}

/** What is written for a file. */
interface Places {
  readonly output: string;
  readonly uncertainty: string;
  /** Without the extensions .html and .json. */
  readonly report: string;
}

/** How a file goes into the models. */
interface Preparation {
  /** One for each model. */
  readonly maps: readonly Normalization[];
  /** What tells how the file compares with the training data, where a model's own normalisation is used. */
  readonly range?: IntensityCheck;
}

/** So many pages, evenly spread, tell the range of a stack, which may be larger than memory. */
const SAMPLED_PAGES = 16;

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers) in
 * `out`. A file is normalised as a whole, never by tile or page. The same options give the same results on one adapter.
 *
 * `InputError`s, before anything is written where they can be known: no files, files that cannot be used (see `openImageFile`), constant images, NaNs, two files of one
 * name, an output that would replace an input, a report of pages under 32 x 32 pixels, a model of another kind, an uncertainty that
 * the models have none of, no adapter; no space.
 */
export async function denoiseFiles(
  {
    methods,
    model,
    files,
    out,
    normalization,
    report = false,
    ensemble = false,
    uncertainty,
  }: DenoiseFilesOptions,
  hooks: DenoiseHooks = {},
): Promise<DenoisedFile[]> {
  if (files.length === 0) throw new InputError("expected at least one image to denoise, got none");
  const paths = typeof model === "string" ? [model] : model;
  if (paths.length === 0) throw new InputError("expected at least one model, got none");
  const models: Model[] = [];
  for (const path of paths) models.push(await loadModel(path, methods));
  const options = { ensemble, ...(uncertainty !== undefined && { uncertainty }) };
  checkPasses(models, options);
  const inputs: LazyStack[] = [];
  try {
    for (const file of files) inputs.push(await openStack(file));
    const places = await outputPlaces(inputs, out, { report, uncertainty: uncertainty !== undefined });
    if (report) checkReportSizes(inputs);
    const preparations: Preparation[] = [];
    for (const input of inputs) preparations.push(await prepare(input, models, normalization, hooks));
    await openDevice();
    const denoiser = passesDenoiser(models, options);
    const { passes } = denoiser;
    const total = passes * inputs.reduce((sum, { pageCount }) => sum + pageCount, 0);
    await makeFolder(out);
    const results: DenoisedFile[] = [];
    let done = 0;
    for (const [i, input] of inputs.entries()) {
      const place = places[i]!;
      const { maps, range } = preparations[i]!;
      const assessment = report ? new FileAssessment(input) : undefined;
      await denoiseFile(denoiser, input, place, { maps, assessment, ...options }, hooks, (part) =>
        hooks.onProgress?.({ done: done + part, total, passes, file: input.name }),
      );
      done += passes * input.pageCount;
      const written = await assessment?.write(place, range);
      results.push({
        input: input.name,
        output: place.output,
        pages: input.pageCount,
        ...(written !== undefined && { report: written }),
        ...(uncertainty !== undefined && { uncertainty: place.uncertainty }),
      });
    }
    return results;
  } finally {
    for (const input of inputs) await input.close();
  }
}

/** Where everything goes; refuses two things in one place, and any that would replace an input. */
async function outputPlaces(
  inputs: readonly LazyStack[],
  out: string,
  written: { readonly report: boolean; readonly uncertainty: boolean },
): Promise<Places[]> {
  const folder = await realOrResolved(out);
  const sources = new Map<string, string>();
  for (const { source } of inputs) sources.set(await realpath(source.name), source.name);
  const taken = new Map<string, string>();
  const claim = async (name: string, input: string): Promise<void> => {
    const place = join(folder, name);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new InputError(
        `${other} and ${input} would both be written to ${join(out, name)}; denoise them into different folders`,
      );
    }
    taken.set(place, input);
    const source = sources.get(await realOrResolved(place));
    if (source !== undefined) {
      throw new InputError(`${join(out, name)} would overwrite the input ${source}; give another folder`, {
        keys: ["out"],
      });
    }
  };
  const places: Places[] = [];
  for (const { source, name } of inputs) {
    const file = basename(writableAs(source).name);
    const base = basename(file, extname(file));
    await claim(file, name);
    if (written.uncertainty) await claim(`${base}.uncertainty.tif`, `the uncertainty of ${name}`);
    if (written.report) await claim(`${base}.report.html`, `the report of ${name}`);
    places.push({
      output: join(out, file),
      uncertainty: join(out, `${base}.uncertainty.tif`),
      report: join(out, `${base}.report`),
    });
  }
  return places;
}

/** The path without links, as far as it exists. */
async function realOrResolved(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const above = dirname(absolute);
    return above === absolute ? absolute : join(await realOrResolved(above), basename(absolute));
  }
}

/** Refuses pages too small to be assessed. */
function checkReportSizes(inputs: readonly LazyStack[]): void {
  const small = inputs.find(({ width, height }) => Math.min(width, height) < SMALLEST_ASSESSED);
  if (!small) return;
  throw new InputError(
    `${small.name} is ${sizeText(small)} pixels; a report needs at least ${SMALLEST_ASSESSED} x ${SMALLEST_ASSESSED}`,
  );
}

/** What the report of a file gathers while its pages pass by. */
class FileAssessment {
  readonly #input: LazyStack;
  readonly #wanted: ReadonlySet<number>;
  readonly #pages: PageAssessment[] = [];
  readonly #pictures: PagePictures[] = [];

  constructor(input: LazyStack) {
    this.#input = input;
    this.#wanted = new Set(assessedPages(input.pageCount));
  }

  add(page: number, noisy: Image, denoised: Image): void {
    if (!this.#wanted.has(page)) return;
    const assessment = assessPage(noisy, denoised, page);
    this.#pages.push(assessment);
    this.#pictures.push(pagePictures(noisy, denoised, assessment));
  }

  /** Writes both files beside the result and returns the path of the HTML. */
  async write({ output, report: base }: Places, range: IntensityCheck | undefined): Promise<string> {
    const { name, pageCount } = this.#input;
    const report = { input: name, output, pageCount, pages: this.#pages, ...(range && { range }) };
    await atomicWrite(`${base}.json`, trustReportJson(report));
    await atomicWrite(`${base}.html`, trustReportHtml(report, this.#pictures));
    return `${base}.html`;
  }
}

/** The file's maps to network values. A constant file or one with NaNs is refused, one unlike the training data is warned of. */
async function prepare(
  input: LazyStack,
  models: readonly Model[],
  normalization: "model" | "image" | undefined,
  { onWarning, signal }: DenoiseHooks,
): Promise<Preparation> {
  const sample = await sampledPages(input, signal);
  const maps: Normalization[] = [];
  const ranges: IntensityCheck[] = [];
  for (const model of models) {
    const mode = normalization ?? (normalizesBatches(model.configuration) ? "image" : "model");
    if (mode === "model") {
      ranges.push(await streamedIntensityCheck(sample, model.normalization, input.name));
      maps.push(model.normalization);
    } else {
      maps.push(await fitToFile(sample, model, input.name));
    }
  }
  const range = ranges.find(({ outside }) => outside) ?? ranges[0];
  if (range?.message) onWarning?.(`${range.message}; if the result looks wrong, try normalization image`);
  return { maps, ...(range && { range }) };
}

/**
 * Pages evenly spread over a file, which is refused where they are constant. Of floats all pages are looked at once, since any of them may hold a NaN, which
 * `readPage` refuses.
 */
async function sampledPages(input: LazyStack, signal: AbortSignal | undefined): Promise<LazyPage[]> {
  const { name, pageCount, dtype } = input;
  const count = Math.min(SAMPLED_PAGES, pageCount);
  const pages = pagesOf(input);
  const wanted = new Set(evenlySpread(count, pageCount));
  let value: number | undefined;
  let constant = true;
  for (const [index, page] of pages.entries()) {
    if (!wanted.has(index) && dtype !== "float32") continue;
    signal?.throwIfAborted();
    const { data } = await page.read();
    if (!wanted.has(index) || !constant) continue;
    value ??= data[0]!;
    for (let i = 0; i < data.length && constant; i++) constant = data[i] === value;
  }
  if (constant) {
    throw new InputError(`${name} is constant (every pixel is ${value}), expected an image with contrast`);
  }
  return pages.filter((_, index) => wanted.has(index));
}

async function fitToFile(
  sample: readonly LazyPage[],
  { configuration }: Model,
  name: string,
): Promise<Normalization> {
  try {
    return await streamedConfigured(sample, configuration);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}

async function denoiseFile(
  denoiser: PassesDenoiser,
  input: LazyStack,
  { output, uncertainty: mapPath }: Places,
  {
    maps,
    assessment,
    uncertainty,
  }: {
    readonly maps: readonly Normalization[];
    readonly assessment: FileAssessment | undefined;
    readonly uncertainty?: number;
  },
  { signal }: DenoiseHooks,
  onPart: (passes: number) => void,
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
    const map =
      uncertainty === undefined
        ? undefined
        : await createImageFile(mapPath, {
            axes,
            shape,
            dtype: "float32",
            metadata: calibrationOf(metadata),
          });
    if (map) writers.push(map);
    for (let page = 0; page < pageCount; page++) {
      const noisy = await input.readPage(page);
      const result = await denoiser.denoise(noisy, maps, page, (passes) => {
        // Thrown through the denoiser, so that a large image is not finished first.
        signal?.throwIfAborted();
        onPart(page * denoiser.passes + passes);
      });
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
