import { basename, relative } from "node:path";
import { InputError, type NoiseMeasurement, PlaceError } from "@clidim/imaging";
import { type FileHash, hashFile, readNoiseMeasurement } from "@clidim/imaging/node";
import { suspectedOfStack } from "../data/suspectedNodata.js";
import { adapterRecord } from "../machine/adapter.js";
import { openDevice } from "../machine/openDevice.js";
import { loadModel, modelFile } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { automaticDenoiser } from "./automaticDenoiser.js";
import { type AppliedBlend, appliedBlend } from "./blend.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import type { ContenderSource } from "./contender.js";
import { denoiseFile } from "./denoiseFile.js";
import { type MapKind, mapKind, mapText } from "./denoisePasses.js";
import { type ChannelsDenoiser, startChannels } from "./fileChannels.js";
import type { DenoisedFile, DenoiseHooks, FileStart } from "./fileDenoiser.js";
import type { FrameGroups } from "./frameStack.js";
import { missingSentences } from "./missingSentences.js";
import { modelsDenoiser } from "./modelsDenoiser.js";
import { modelsRecord } from "./modelsRecord.js";
import { type InputPlanes, type InputStack, openInput } from "./openInput.js";
import { type FailedFile, type InputFile, planFiles, type SkippedFile } from "./planFiles.js";
import { AUTOMATIC, type DenoiserRecord, provenanceOf, resultRecord } from "./resultRecord.js";
import { ResultRecords } from "./resultRecords.js";
import { checkSampleSpace } from "./sampleStack.js";
import { sharedFrames } from "./sharedFrames.js";

/** Models, models for channels, a classical method, or that one which each file prefers. */
export type DenoiseFilesOptions = DenoisedImages & (ByModels | ByModelsOfChannels | ByMethod | Automatically);

interface ByModels {
  /** The methods that models may be of. */
  readonly methods: MethodRegistry;
  /** A model file, or a folder that `train` has written; of several, the mean of their results is taken. */
  readonly model: string | readonly string[];
  readonly models?: undefined;
  readonly method?: undefined;
  /** A file of a `NoiseMeasurement`: the noise of all files, of models that see its level (`noiseLevelMap`). Default: estimated on each page. */
  readonly noise?: string | undefined;
  /** Which channels of a file with several are denoised, by name or zero-based index; the others are copied as they are. Default: each by itself. */
  readonly channel?: ChannelNames | undefined;
}

type ChannelNames = string | number | readonly (string | number)[];

interface ByModelsOfChannels {
  readonly methods: MethodRegistry;
  /** A model, or several, for each of some channels, by name or zero-based index; the others are copied as they are. */
  readonly models: readonly {
    readonly channel: string | number;
    readonly model: string | readonly string[];
  }[];
  /** As of models for all channels. */
  readonly noise?: string | undefined;
  readonly model?: undefined;
  readonly method?: undefined;
  readonly channel?: undefined;
}

interface ByMethod {
  /** Its parameters are chosen on each file by itself; it needs no device and no clean image. */
  readonly method: ClassicalMethod;
  /** A file of a `NoiseMeasurement`: the noise of all files, where it is not to be estimated on each page. Of methods that take it (`takesNoise`). */
  readonly noise?: string | undefined;
  readonly model?: undefined;
  readonly models?: undefined;
  /** As of models. */
  readonly channel?: ChannelNames | undefined;
}

interface Automatically {
  /** The methods to choose from. */
  readonly methods: MethodRegistry;
  /** The classical method whose J-invariant loss is least is taken for each file, or channel of one (see `chooseClassical`). */
  readonly method: "automatic";
  /** As of a method; those that look at the noise take it. */
  readonly noise?: string | undefined;
  /** Models that are made when it is known which files are denoised, and compared with the classical methods (see `compareContender`). Default: none. */
  readonly contenders?: ContenderSource | undefined;
  /** What records say that was asked for, beside the method. */
  readonly asked?: DenoiserRecord["options"] | undefined;
  readonly model?: undefined;
  readonly models?: undefined;
  readonly channel?: ChannelNames | undefined;
}

interface DenoisedImages extends InputPlanes {
  /** Paths with optional page ranges, alone or with a folder for the result below `out`. */
  readonly files: readonly (string | InputFile)[];
  /** The folder for the results. */
  readonly out: string;
  /** Of models that see several captures of an image at once: the axis along which these lie, one behind the other. Default T. */
  readonly captures?: FrameGroups["axis"] | undefined;
  /**
   * Of models: which grey values become the network's range, those of the training data or those of each file. Default "model"; "image" for a
   * model whose training normalised each batch by itself, and where one model is for all channels of a file with several.
   */
  readonly normalization?: "model" | "image";
  /**
   * Writes `<name>.report.html` and `<name>.report.json` beside each result (see `assessPage`), `<name>.c0.report.html` and so on for each denoised channel of a file with several. Default
   * false. Of a stack, eight pages evenly spread are assessed.
   */
  readonly report?: boolean;
  /** Of models: average the results for the eight orientations of each page (see `selfEnsemble`). Default: as each model's configuration says. */
  readonly ensemble?: boolean;
  /** Of models: false leaves out the method without training that their results are a mean with, so that they are the networks' alone. Default true. */
  readonly blend?: boolean;
  /**
   * Of models: writes a map below `out` for each result, pixel by pixel, float32, in grey values. With one model that was calibrated on held-out pages, `uncertainty/<name>.tif`: the standard
   * deviation of the error (see `calibrateUncertainty`). Otherwise `scatter/<name>.tif`: that between passes, which is no error bar. It is taken over so many passes: with one model those in
   * which something is drawn anew (see `sampledPasses`), at least 2; with several, one pass of each, and this is their number.
   */
  readonly uncertainty?: number;
  /**
   * Of one model that draws signals (see `TrainedMethod.posteriorSample`): writes so many of each page, `samples/<name>`, in the type of the input and with what is true of them of its metadata; see `sampleStack` for their axis.
   * The same ones each time, and more of them go on from fewer. Where the result is the plain mean of n signals in the page's own orientation, that is of the first n.
   */
  readonly samples?: number;
  /** Results that are there already are replaced where this program made them: they are recorded in `denoised.json`, or say so themselves. Default false: they are refused. */
  readonly overwrite?: boolean;
  /** Files whose results are there already are left out, whatever made these: so a batch goes on. A file in the place of a result that cannot be read or has other pages fails. Reports and maps without a result are made anew. Default false. */
  readonly skipExisting?: boolean;
  /** Files that the command should not have named are left out like those that cannot be used. Default false. */
  readonly keepGoing?: boolean;
  /**
   * Pages of more pixels are read, denoised and written by bands of rows, so that they are never whole in memory, where the result does not depend on the page as a whole: of models, and of
   * a method with a short reach; not where a page is assessed for a report. It is the same result. Default 2^25.
   */
  readonly largestPage?: number;
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
  const { normalization, ensemble, blend = true, uncertainty, samples, channel } = options;
  const passes = { ...(ensemble !== undefined && { ensemble }), ...(samples !== undefined && { samples }) };
  const channels = channel === undefined ? {} : { channels: [channel].flat() };
  if (options.method) {
    const { method } = options;
    refuseModelOptions(typeof method === "string" ? "a method without training" : method.title, options);
    const { noise, given } = await givenNoise(options.noise);
    const denoiser: Omit<ChannelsDenoiser, "channels"> =
      typeof method === "string"
        ? {
            denoiser: automaticDenoiser(options.methods, {
              ...{ noise, given: { ...options.asked, ...given } },
              ...{ largestPage: options.largestPage, contenders: options.contenders },
            }),
            record: { methods: [], models: [], options: { ...AUTOMATIC, ...options.asked, ...given } },
          }
        : {
            denoiser: classicalDenoiser(method, noise),
            record: { methods: [methodId(method)], models: [], options: { ...given } },
          };
    return denoiseAll([{ ...denoiser, ...channels }], options, hooks);
  }
  const { methods } = options;
  const { noise, given } = await givenNoise(options.noise);
  const chosen = options.models
    ? options.models.map(({ channel: one, model }) => ({ model, channels: [one] }))
    : [{ model: options.model, ...channels }];
  const loaded: (Pick<ChannelsDenoiser, "channels" | "record"> & {
    readonly models: readonly Model[];
    readonly blends: readonly (AppliedBlend | undefined)[];
  })[] = [];
  for (const { model, ...ofChannels } of chosen) {
    const models: Model[] = [];
    const files: FileHash[] = [];
    for (const path of [model].flat()) {
      const loadedModel = await loadModel(path, methods);
      if (loadedModel.unchecked) {
        hooks.onWarning?.(
          `${path} has no checksum, as models that were trained before there were any: damage to its weights would not be noticed`,
        );
      }
      models.push(loadedModel);
      files.push(await hashFile(await modelFile(path)));
    }
    if (models.length === 0) throw new InputError("expected at least one model, got none");
    const blends = models.map((model) => (blend ? appliedBlend(model, methods) : undefined));
    const record = modelsRecord(models, files, { ...options, blends }, given);
    loaded.push({ models, blends, record, ...ofChannels });
  }
  if (loaded.length === 0) throw new InputError("expected at least one model, got none");
  if (uncertainty === undefined) {
    return denoiseAll(
      loaded.map(({ models, blends, ...rest }) => ({
        denoiser: modelsDenoiser(models, normalization, { ...passes, blends }, noise),
        ...rest,
      })),
      options,
      hooks,
    );
  }
  // One file shows one thing, of all channels.
  const kinds = loaded.map(({ models }) => mapKind(models));
  const map = kinds.every((kind) => kind === "uncertainty") ? "uncertainty" : "scatter";
  const denoisers = loaded.map(({ models, blends, ...rest }) => ({
    denoiser: modelsDenoiser(models, normalization, { ...passes, blends, uncertainty, map }, noise),
    ...rest,
  }));
  for (const sentence of new Set(loaded.map(({ models }) => mapText(models, map))))
    hooks.onWarning?.(sentence);
  return denoiseAll(denoisers, options, hooks, map);
}

/** Measured noise, and what the record of a result says of it. */
async function givenNoise(file: string | undefined): Promise<{
  readonly noise?: NoiseMeasurement;
  readonly given?: DenoiserRecord["options"];
}> {
  if (file === undefined) return {};
  const noise = await readNoiseMeasurement(file);
  return { noise, given: { noise: `${basename(file)}, SHA-256 ${(await hashFile(file)).sha256}` } };
}

/** What a network has and a classical method has not. */
function refuseModelOptions(
  title: string,
  { normalization, ensemble, blend, uncertainty, samples }: DenoisedImages,
): void {
  const keys = [
    ...(normalization === undefined ? [] : ["normalization"]),
    ...(ensemble ? ["ensemble"] : []),
    ...(blend === false ? ["blend"] : []),
    ...(uncertainty === undefined ? [] : ["uncertainty"]),
    ...(samples === undefined ? [] : ["samples"]),
  ];
  if (keys.length === 0) return;
  throw new InputError(`${title} takes no ${keys.join(" and no ")}, only models do; leave it out`, { keys });
}

async function denoiseAll(
  denoisers: readonly ChannelsDenoiser[],
  options: DenoisedImages,
  hooks: DenoiseHooks,
  map?: MapKind,
): Promise<DenoisedBatch> {
  const { out, report = false, keepGoing = false, overwrite = false, largestPage, samples } = options;
  const files = options.files.map((file) => (typeof file === "string" ? { file, folder: "" } : file));
  const { signal, onProgress } = hooks;
  const { z, t, nodata } = options;
  const passes = Math.max(...denoisers.map(({ denoiser }) => denoiser.passes));
  const frames = {
    count: sharedFrames(denoisers.map(({ denoiser }) => denoiser.frames ?? 1)),
    axis: options.captures ?? "T",
  };
  if (options.captures && frames.count === 1) {
    throw new InputError(
      "captures says along which axis a model finds captures of an image, but each page is denoised by itself here; leave it out",
      { keys: ["captures"] },
    );
  }
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
    beside: [...(map ? [map] : []), ...(samples === undefined ? [] : (["samples"] as const))],
    existing,
    records,
    keepGoing,
    signal,
    onPhase: hooks.onPhase,
    onWarning: hooks.onWarning,
    onFailed: fail,
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
      for (const {
        input: file,
        passes: ofFile,
        places,
        pages: pagesOfFile,
        pixels: pixelsOfFile,
      } of planned) {
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
        let input: InputStack | undefined;
        const said: string[] = [];
        const onWarning = (sentence: string, name?: string): void => {
          said.push(sentence);
          hooks.onWarning?.(sentence, name);
        };
        try {
          input = await openInput(file, { z, t, nodata }, frames, hooks);
          const { notes = [] } = input.source.metadata;
          for (const sentence of notes) onWarning(`${input.name}: ${sentence}`, input.name);
          if (nodata === undefined && !input.masked) {
            const suspected = await suspectedOfStack(input);
            if (suspected !== undefined) onWarning(suspected, input.name);
          }
          const channels = await startChannels(input, denoisers, starts, { ...hooks, onWarning });
          const byModels = channels.some(({ record }) => record && record.models.length > 0);
          const adapter = byModels ? adapterRecord(await openDevice()) : undefined;
          const below = relative(out, places.output);
          const planes = { z, t, nodata: input.masked?.value };
          const record = await resultRecord({ name: file, planes }, below, channels, adapter, options);
          const written = { report, map, samples, replaced, provenance: provenanceOf(record), largestPage };
          const whole = await denoiseFile(input, channels, places, written, signal, onPart);
          records.add(record);
          for (const sentence of missingSentences(whole, input.masked, nodata, frames.count))
            onWarning(sentence);
          for (const { stack, denoiser } of channels) {
            const remark = denoiser?.remark?.();
            if (remark !== undefined) onWarning(remark, stack.name);
          }
          const result = said.length > 0 ? { ...whole, notes: said } : whole;
          denoised.push(result);
          pages += pagesOfFile;
          pixels += pixelsOfFile;
          hooks.onDenoised?.(result);
        } catch (error) {
          if (!(error instanceof InputError) || error instanceof PlaceError) throw error;
          fail({ input: file, error });
        } finally {
          await input?.close();
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
