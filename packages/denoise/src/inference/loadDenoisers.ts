import { basename } from "node:path";
import { InputError, type NoiseMeasurement } from "@clidim/imaging";
import { type FileHash, hashFile, readNoiseMeasurement } from "@clidim/imaging/node";
import { loadModelInFile } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import { untrained } from "../model/untrained.js";
import { methodId } from "../protocol/method.js";
import { automaticDenoiser } from "./automaticDenoiser.js";
import { type AppliedBlend, appliedBlend } from "./blend.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import type { DenoisedImages, DenoiserChoice } from "./denoiseFilesOptions.js";
import { type MapKind, mapKind, mapText } from "./denoisePasses.js";
import type { ChannelsDenoiser } from "./fileChannels.js";
import type { DenoiseHooks } from "./fileDenoiser.js";
import type { FrameGroups } from "./frameStack.js";
import { modelsDenoiser } from "./modelsDenoiser.js";
import { modelsRecord } from "./modelsRecord.js";
import { AUTOMATIC, type DenoiserRecord } from "./resultRecord.js";
import { sharedFrames } from "./sharedFrames.js";
import { unlikeCalibrated } from "./unlikeCalibrated.js";

/** What of the images bears on what denoises them. */
type ImagesOptions = Pick<
  DenoisedImages,
  "normalization" | "ensemble" | "blend" | "uncertainty" | "samples" | "captures" | "largestPage" | "threads"
>;

/** What denoises files, loaded. */
export interface LoadedDenoisers {
  readonly denoisers: readonly ChannelsDenoiser[];
  /** What the map beside each result is, where it was asked for. */
  readonly map?: MapKind;
  /** Pages that are denoised together. */
  readonly frames: FrameGroups;
}

/** Reads models and measured noise. `InputError`s as `denoiseFiles` has them before it looks at any image. */
export async function loadDenoisers(
  options: ImagesOptions & DenoiserChoice,
  hooks: Pick<DenoiseHooks, "onWarning">,
): Promise<LoadedDenoisers> {
  const loaded = await loadChosen(options, hooks);
  return { ...loaded, frames: framesOfAll(loaded.denoisers, options) };
}

async function loadChosen(
  options: ImagesOptions & DenoiserChoice,
  hooks: Pick<DenoiseHooks, "onWarning">,
): Promise<Omit<LoadedDenoisers, "frames">> {
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
              ...{ largestPage: options.largestPage, contenders: options.contenders, ready: options.ready },
              ...{ threads: options.threads, surviveLoss: options.surviveLoss },
            }),
            record: { methods: [], models: [], options: { ...AUTOMATIC, ...options.asked, ...given } },
          }
        : {
            denoiser: classicalDenoiser(method, noise, options.threads),
            record: { methods: [methodId(method)], models: [], options: { ...given } },
          };
    return { denoisers: [{ ...denoiser, ...channels }] };
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
      const { model: loadedModel, file } = await loadModelInFile(path, methods, options.foreign);
      if (loadedModel.unchecked) {
        hooks.onWarning?.(
          `${path} has no checksum, as models that were trained before there were any: damage to its weights would not be noticed`,
        );
      }
      const nothing = untrained(path, loadedModel);
      if (nothing !== undefined) hooks.onWarning?.(nothing);
      models.push(loadedModel);
      files.push(file);
    }
    if (models.length === 0) throw new InputError("expected at least one model, got none");
    const blends = models.map((model) => (blend ? appliedBlend(model, methods) : undefined));
    const record = modelsRecord(models, files, { ...options, blends }, given);
    loaded.push({ models, blends, record, ...ofChannels });
  }
  if (loaded.length === 0) throw new InputError("expected at least one model, got none");
  if (uncertainty === undefined) {
    return {
      denoisers: loaded.map(({ models, blends, ...rest }) => ({
        denoiser: modelsDenoiser(models, normalization, { ...passes, blends }, noise, options.threads),
        ...rest,
      })),
    };
  }
  // One file shows one thing, of all channels.
  const kinds = loaded.map(({ models }) => mapKind(models));
  const map = kinds.every((kind) => kind === "uncertainty") ? "uncertainty" : "scatter";
  const denoisers = loaded.map(({ models, blends, ...rest }) => ({
    denoiser: modelsDenoiser(
      models,
      normalization,
      { ...passes, blends, uncertainty, map },
      noise,
      options.threads,
    ),
    ...rest,
  }));
  const sentences = loaded.map(({ models, blends }) => {
    const unlike = models.map((model, i) => unlikeCalibrated(model, { ...passes, blend: blends[i] }));
    return mapText(models, map, unlike.flat());
  });
  for (const sentence of new Set(sentences)) hooks.onWarning?.(sentence);
  return { denoisers, map };
}

/** The captures that all of the denoisers see at once. */
function framesOfAll(
  denoisers: readonly ChannelsDenoiser[],
  { captures }: Pick<DenoisedImages, "captures">,
): FrameGroups {
  const count = sharedFrames(denoisers.map(({ denoiser }) => denoiser.frames ?? 1));
  if (captures && count === 1) {
    throw new InputError(
      "captures says along which axis a model finds captures of an image, but each page is denoised by itself here; leave it out",
      { keys: ["captures"] },
    );
  }
  return { count, axis: captures ?? "T" };
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
  { normalization, ensemble, blend, uncertainty, samples }: ImagesOptions,
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
