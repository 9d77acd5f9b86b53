import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { openTiff, type TiffFile } from "../files/readTiff.js";
import { createTiff } from "../files/writeTiff.js";
import { castImage } from "../image/castImage.js";
import type { Image } from "../image/image.js";
import { InputError } from "../image/inputError.js";
import { checkIntensities, type Normalization } from "../image/normalization.js";
import { type Denoiser, denoiser } from "../inference/denoise.js";
import type { Model } from "../training/checkpoint.js";
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
}

/** So many pages, evenly spread, tell the range of a stack, which may be larger than memory. */
const SAMPLED_PAGES = 16;

/**
 * Denoises every page of every file into a file of the same name, page count, size and dtype (rounded and clipped for integers) in
 * `out`. A file is normalised as a whole, never by tile or page.
 *
 * `InputError`s, before anything is written where they can be known: no files, files that cannot be used (see `openTiff`), two of one
 * name, an output that would replace an input, a model of another kind, no adapter; a constant image, NaNs, no space.
 */
export async function denoiseFiles(
  { model: modelPath, files, out, normalization }: DenoiseFilesOptions,
  hooks: DenoiseHooks = {},
): Promise<DenoisedFile[]> {
  if (files.length === 0) throw new InputError("expected at least one image to denoise, got none");
  const model = await loadModel(modelPath);
  const mode = normalization ?? (normalizesBatches(model.configuration) ? "image" : "model");
  const inputs: TiffFile[] = [];
  try {
    for (const file of files) inputs.push(await openTiff(file));
    const outputs = await outputPaths(inputs, out);
    await openDevice();
    const denoise = denoiser(model.configuration, model.variables);
    const total = inputs.reduce((sum, { pageCount }) => sum + pageCount, 0);
    const results: DenoisedFile[] = [];
    let done = 0;
    for (const [i, input] of inputs.entries()) {
      const map = await normalizationFor(input, model, mode, hooks);
      if (i === 0) await makeFolder(out);
      await denoiseFile(denoise, input, outputs[i]!, map, hooks, (pages) =>
        hooks.onProgress?.({ done: done + pages, total, file: input.name }),
      );
      done += input.pageCount;
      results.push({ input: input.name, output: outputs[i]!, pages: input.pageCount });
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

/** The file's map to network values. A constant file is refused, one unlike the training data is warned of. */
async function normalizationFor(
  input: TiffFile,
  { configuration, normalization }: Model,
  mode: "model" | "image",
  { onWarning }: DenoiseHooks,
): Promise<Normalization> {
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
    const { message } = checkIntensities(sample, normalization, input.name);
    if (message) onWarning?.(`${message}; if the result looks wrong, try --normalization image`);
    return normalization;
  }
  try {
    return fitConfigured(sample, configuration);
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
  { signal }: DenoiseHooks,
  onPages: (done: number) => void,
): Promise<void> {
  const { metadata, dtype, pageCount } = input;
  const writer = await createTiff(output, { metadata });
  try {
    for (let page = 0; page < pageCount; page++) {
      const denoised = await denoisePage(denoise, await input.readPage(page), normalization, {
        onTile: (done, total) => {
          // Thrown through the denoiser, so that a large image is not finished first.
          signal?.throwIfAborted();
          onPages(page + done / total);
        },
      });
      await writer.writePage(castImage(denoised, dtype));
    }
    signal?.throwIfAborted();
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
