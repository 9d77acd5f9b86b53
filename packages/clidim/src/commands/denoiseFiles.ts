import { realpath } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { atomicWrite } from "../files/atomicWrite.js";
import { openTiff, type TiffFile } from "../files/readTiff.js";
import { createTiff } from "../files/writeTiff.js";
import { castImage } from "../image/castImage.js";
import { type Image, sizeText } from "../image/image.js";
import { InputError } from "../image/inputError.js";
import { checkIntensities, type IntensityCheck, type Normalization } from "../image/normalization.js";
import { type Denoiser, denoiser } from "../inference/denoise.js";
import type { Model } from "../training/checkpoint.js";
import { assessPage, type PageAssessment, SMALLEST_ASSESSED } from "../trust/assessPage.js";
import { assessedPages, trustReportJson } from "../trust/trustReport.js";
import { type PagePictures, pagePictures, trustReportHtml } from "../trust/trustReportHtml.js";
import { denoisePage, fitConfigured, normalizesBatches } from "./denoisePage.js";
import { loadModel } from "./loadModel.js";
import { openDevice } from "./openDevice.js";
import { makeFolder } from "./outputFolder.js";

export interface DenoiseFilesOptions {
  /** A model file, or a folder that `train` has written. */
  readonly model: string;
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
}

export interface DenoiseProgress {
  /** Pages done of all files together, in parts while tiles are done. */
  readonly done: number;
  readonly total: number;
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
}

/** So many pages, evenly spread, tell the range of a stack, which may be larger than memory. */
const SAMPLED_PAGES = 16;

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers) in
 * `out`. A file is normalised as a whole, never by tile or page.
 *
 * `InputError`s, before anything is written where they can be known: no files, files that cannot be used (see `openTiff`), two of one
 * name, an output that would replace an input, a report of pages under 32 x 32 pixels, a model of another kind, no adapter; a constant image, NaNs, no space.
 */
export async function denoiseFiles(
  { model: modelPath, files, out, normalization, report = false }: DenoiseFilesOptions,
  hooks: DenoiseHooks = {},
): Promise<DenoisedFile[]> {
  if (files.length === 0) throw new InputError("expected at least one image to denoise, got none");
  const model = await loadModel(modelPath);
  const mode = normalization ?? (normalizesBatches(model.configuration) ? "image" : "model");
  const inputs: TiffFile[] = [];
  try {
    for (const file of files) inputs.push(await openTiff(file));
    const outputs = await outputPaths(inputs, out);
    if (report) checkReports(inputs, outputs);
    await openDevice();
    const denoise = denoiser(model.configuration, model.variables);
    const total = inputs.reduce((sum, { pageCount }) => sum + pageCount, 0);
    const results: DenoisedFile[] = [];
    let done = 0;
    for (const [i, input] of inputs.entries()) {
      const { map, range } = await normalizationFor(input, model, mode, hooks);
      if (i === 0) await makeFolder(out);
      const output = outputs[i]!;
      const assessment = report ? new FileAssessment(input) : undefined;
      await denoiseFile(denoise, input, output, map, assessment, hooks, (pages) =>
        hooks.onProgress?.({ done: done + pages, total, file: input.name }),
      );
      done += input.pageCount;
      const written = await assessment?.write(output, range);
      results.push({
        input: input.name,
        output,
        pages: input.pageCount,
        ...(written !== undefined && { report: written }),
      });
    }
    return results;
  } finally {
    for (const input of inputs) await input.close();
  }
}

/** Where each result goes; refuses two results in one place, and any that would replace an input. */
async function outputPaths(inputs: readonly TiffFile[], out: string): Promise<string[]> {
  const folder = await realOrResolved(out);
  const sources = new Map<string, string>();
  for (const { path } of inputs) sources.set(await realpath(path), path);
  const taken = new Map<string, string>();
  return Promise.all(
    inputs.map(async ({ path, name }) => {
      const output = join(out, basename(path));
      const place = join(folder, basename(path));
      const other = taken.get(place);
      if (other !== undefined) {
        throw new InputError(
          `${other} and ${name} would both be written to ${output}; denoise them into different folders`,
        );
      }
      taken.set(place, name);
      const source = sources.get(await realOrResolved(place));
      if (source !== undefined) {
        throw new InputError(`${output} would overwrite the input ${source}; give another folder as --out`);
      }
      return output;
    }),
  );
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

/** Refuses pages too small to be assessed, and two reports of one name. */
function checkReports(inputs: readonly TiffFile[], outputs: readonly string[]): void {
  const taken = new Map<string, string>();
  inputs.forEach((input, i) => {
    if (Math.min(input.width, input.height) < SMALLEST_ASSESSED) {
      throw new InputError(
        `${input.name} is ${sizeText(input)} pixels; a report needs at least ${SMALLEST_ASSESSED} x ${SMALLEST_ASSESSED}`,
      );
    }
    const base = reportBase(outputs[i]!);
    const other = taken.get(base);
    if (other !== undefined) {
      throw new InputError(
        `the reports of ${other} and ${input.name} would both be ${base}.report.html; denoise them into different folders`,
      );
    }
    taken.set(base, input.name);
  });
}

/** The result's path without its extension. */
function reportBase(output: string): string {
  return join(dirname(output), basename(output, extname(output)));
}

/** What the report of a file gathers while its pages pass by. */
class FileAssessment {
  readonly #input: TiffFile;
  readonly #wanted: ReadonlySet<number>;
  readonly #pages: PageAssessment[] = [];
  readonly #pictures: PagePictures[] = [];

  constructor(input: TiffFile) {
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
  async write(output: string, range: IntensityCheck | undefined): Promise<string> {
    const base = reportBase(output);
    const { name, pageCount } = this.#input;
    const report = { input: name, output, pageCount, pages: this.#pages, ...(range && { range }) };
    await atomicWrite(`${base}.report.json`, trustReportJson(report));
    await atomicWrite(`${base}.report.html`, trustReportHtml(report, this.#pictures));
    return `${base}.report.html`;
  }
}

/** The file's map to network values. A constant file is refused, one unlike the training data is warned of. */
async function normalizationFor(
  input: TiffFile,
  { configuration, normalization }: Model,
  mode: "model" | "image",
  { onWarning }: DenoiseHooks,
): Promise<{ readonly map: Normalization; readonly range?: IntensityCheck }> {
  const count = Math.min(SAMPLED_PAGES, input.pageCount);
  const sample: Image[] = [];
  for (let i = 0; i < count; i++) {
    sample.push(await input.readPage(Math.floor(((i + 0.5) * input.pageCount) / count)));
  }
  const value = sample[0]!.data[0]!;
  if (sample.every(({ data }) => data.every((other) => other === value))) {
    throw new InputError(
      `${input.name} is constant (every pixel is ${value}), expected an image with contrast`,
    );
  }
  if (mode === "model") {
    const range = checkIntensities(sample, normalization, input.name);
    if (range.message) onWarning?.(`${range.message}; if the result looks wrong, try --normalization image`);
    return { map: normalization, range };
  }
  try {
    return { map: fitConfigured(sample, configuration) };
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`${input.name}: ${error.message}`, { cause: error })
      : error;
  }
}

async function denoiseFile(
  denoise: Denoiser,
  input: TiffFile,
  output: string,
  normalization: Normalization,
  assessment: FileAssessment | undefined,
  { signal }: DenoiseHooks,
  onPages: (done: number) => void,
): Promise<void> {
  const { metadata, dtype, pageCount } = input;
  const writer = await createTiff(output, { metadata });
  try {
    for (let page = 0; page < pageCount; page++) {
      const noisy = await input.readPage(page);
      const denoised = await denoisePage(denoise, noisy, normalization, {
        onTile: (done, total) => {
          // Thrown through the denoiser, so that a large image is not finished first.
          signal?.throwIfAborted();
          onPages(page + done / total);
        },
      });
      const written = castImage(denoised, dtype);
      await writer.writePage(written);
      assessment?.add(page, noisy, written);
    }
    signal?.throwIfAborted();
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
