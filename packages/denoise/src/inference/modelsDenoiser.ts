import {
  InputError,
  type IntensityCheck,
  type LazyPage,
  type NoiseMeasurement,
  type Normalization,
  pageInMemory,
  sizeText,
  streamedIntensityCheck,
} from "@clidim/imaging";
import { checkNoiseLine } from "../data/checkNoiseLine.js";
import { normalizesBatches, streamedConfigured } from "../data/fitConfigured.js";
import { imagesAgainstNoise } from "../data/imagesAgainstNoise.js";
import type { NoisyPage, NoisyPlane } from "../data/noisyPlane.js";
import { openDevice } from "../machine/openDevice.js";
import { blendText } from "../model/modelBlend.js";
import type { Model } from "../model/modelFile.js";
import { trainedChannel } from "../model/trainedChannel.js";
import { framesOf } from "../protocol/runConfiguration.js";
import { sharesOf } from "./applyInThreads.js";
import { BegunPages } from "./begunPages.js";
import { type AppliedBlend, classicalInThreads, isLargeEnough, sharedClassical } from "./blend.js";
import {
  type BegunClassical,
  checkPasses,
  mapText,
  type PassesOptions,
  passesDenoiser,
  passesOf,
  uncertainOutside,
} from "./denoisePasses.js";
import { FarPixels } from "./farPixels.js";
import type { FilesDenoiser } from "./fileDenoiser.js";
import type { MethodThreads } from "./methodThreads.js";
import { noiseUnitsFile } from "./noiseUnitsFile.js";
import { bandsOf } from "./pageBands.js";
import { type PageRows, rowsOfPage } from "./pageRows.js";
import { calibrationPages, presentPixels, sampledPages } from "./sampledPages.js";
import { sharedFrames } from "./sharedFrames.js";
import { unlikeCalibrated } from "./unlikeCalibrated.js";

/** The smallest page, in pixels across, whose noise can be estimated. */
const SMALLEST_MEASURED = 16;

/**
 * Files by one model or several. A file is normalised as a whole; one unlike the training data is warned of, one with which a
 * result would mean nothing (see `IntensityCheck`) refused unless the model's normalisation is asked for. Measured noise takes the place of what each page tells, of models that see its level, and of those whose images are in units of it, which are neither normalised nor compared. With threads, the methods without training that results are a mean with are applied there, to several pages at once, or to parts of one. `InputError`s as `checkPasses`, and for noise that no model sees, and for what is not known in units of the noise.
 */
export function modelsDenoiser(
  models: readonly Model[],
  normalization: "model" | "image" | undefined,
  options: PassesOptions,
  noise?: NoiseMeasurement,
  threads?: MethodThreads,
): FilesDenoiser {
  checkPasses(models, options);
  const seeNoise = models.some(({ configuration }) => configuration.noiseLevelMap);
  if (normalization && models.some(({ normalizes }) => normalizes)) {
    throw new InputError(
      "the network of another program is given its images as its file says; leave out the normalisation",
      { keys: ["normalization"] },
    );
  }
  const ofNoise = inNoiseUnits(models, normalization, options);
  if (noise && !seeNoise && !ofNoise) {
    throw new InputError(
      "the model has learnt the noise, and does not look at a model of it; leave it out (models that were trained with noiseLevelMap take one)",
      { keys: ["noise"] },
    );
  }
  const frames = sharedFrames(models.map(({ configuration }) => framesOf(configuration)));
  return {
    passes: passesOf(models, options),
    frames,
    trainedOn: models.flatMap((model) => trainedChannel(model) ?? []),
    async start() {
      await openDevice();
      const blends = (options.blends ?? []).map(
        (blend) => blend && (noise ? withNoiseOfMean(blend, noise, frames) : blend),
      );
      const denoiser = passesDenoiser(models, { ...options, blends });
      const { sample: drawing } = denoiser;
      const shared = sharedClassical(blends);
      const mean = blendsText(models, blends);
      const rowsOf = (page: NoisyPage): PageRows => ({
        ...rowsOfPage(page, frames),
        ...(noise && { noise: () => noise }),
      });
      const withNoise = (page: NoisyPlane): NoisyPlane => (noise ? { ...page, noise } : page);
      return async (input, { onWarning, signal }, otherwise) => {
        if ((seeNoise || ofNoise) && !noise && Math.min(input.width, input.height) < SMALLEST_MEASURED) {
          throw new InputError(
            `${input.name} is ${sizeText(input)} pixels; the model sees the noise of each page, which takes at least ${SMALLEST_MEASURED} x ${SMALLEST_MEASURED} to be estimated`,
          );
        }
        const sample = await sampledPages(input.captures?.stack ?? input, signal);
        if (noise) {
          const [page] = await calibrationPages(sample, SMALLEST_MEASURED);
          const image = { name: input.name, page: pageInMemory(page!) };
          await checkNoiseLine(noise, image);
          for (const sentence of await imagesAgainstNoise(noise, [image])) onWarning?.(sentence, input.name);
        }
        if (ofNoise) {
          return noiseUnitsFile(
            denoiser,
            models.map((model) => model.normalization),
            noise,
            input.name,
          );
        }
        const present = sample.flatMap((page) => bandsOf(page)).map(presentPixels);
        const maps: Normalization[] = [];
        const ranges: IntensityCheck[] = [];
        for (const model of models) {
          const mode = normalization ?? normalizationFor(model, otherwise);
          if (model.normalizes === "within") {
            maps.push(model.normalization);
            const { trainedRange } = model;
            const known = trainedRange && (await streamedIntensityCheck(present, trainedRange, input.name));
            if (known?.message) {
              const result = known.meaningless ? "the result means nothing" : "look at the result";
              const advice = "the model that the file was exported from can take each image in its own range";
              onWarning?.(`${known.message}; ${result}; ${advice}`, input.name);
            }
          } else if (mode === "model") {
            const range = await streamedIntensityCheck(present, model.normalization, input.name);
            if (range.meaningless && normalization === undefined) throw meaningless(range);
            ranges.push(range);
            maps.push(model.normalization);
          } else {
            maps.push(await fitToFile(present, model, input.name));
          }
        }
        const range = ranges.find(({ outside }) => outside) ?? ranges[0];
        if (range?.message) {
          const calibrated = options.map === "uncertainty" ? `; of the uncertainty: ${uncertainOutside}` : "";
          onWarning?.(
            `${range.message}; if the result looks wrong, try normalization image${calibrated}`,
            input.name,
          );
        }
        for (const { method } of shared) {
          if (isLargeEnough(method, input)) continue;
          const calibrated =
            options.map === "uncertainty" ? "; of the uncertainty: it was measured on such means" : "";
          onWarning?.(
            `${input.name} is ${sizeText(input)} pixels; the result is the network's alone, as ${method.title}, which it would be a mean with, needs at least ${method.smallest} x ${method.smallest}${calibrated}`,
            input.name,
          );
        }
        const shares = threads ? sharesOf(threads, input.pageCount) : 1;
        const begun: BegunClassical = new BegunPages();
        const applied = shared.filter(({ method }) => isLargeEnough(method, input));
        const far = new FarPixels(maps.filter((_, i) => models[i]!.normalizes === undefined));
        return {
          ...(range && { range }),
          ...(options.uncertainty !== undefined && {
            map: mapText(models, options.map ?? "scatter", [
              ...(range?.outside ? [uncertainOutside] : []),
              ...models.flatMap((model, i) =>
                unlikeCalibrated(model, { ...options, blend: options.blends?.[i], page: input }),
              ),
            ]),
          }),
          ...(mean !== undefined && { blend: mean }),
          ...(threads &&
            applied.some(({ method }) => method.slow) && {
              ahead: {
                count: threads.count,
                divides: shares > 1 && applied.some(({ method }) => method.division),
                begin: (noisy, index, unfinished) => {
                  const there = { threads, signal: unfinished, shares };
                  begun.begin(index, (onPart) => classicalInThreads(noisy, applied, there, onPart));
                },
              },
            }),
          bands: (noisy, index, pixels, onPart) =>
            denoiser.bands(rowsOf(far.counting(noisy)), maps, index, pixels, onPart),
          denoise: (noisy, index, onPart) => {
            far.add(noisy.data);
            return denoiser.denoise(withNoise(noisy), maps, index, onPart, begun);
          },
          ...(drawing && {
            sample: (number) => {
              const drawn = drawing(number);
              return {
                bands: (noisy, ...rest) => drawn.bands(rowsOf(noisy), maps, ...rest),
                denoise: (noisy, ...rest) => drawn.denoise(withNoise(noisy), maps, ...rest),
              };
            },
          }),
          // Of a file that is outside as a whole, that is said already.
          remark: () =>
            range?.outside ? undefined : far.sentence(input.name, options.map === "uncertainty"),
        };
      };
    },
  };
}

/** Whether models are of images in units of their noise. `InputError`s: some of them, and what has no meaning there. */
function inNoiseUnits(
  models: readonly Model[],
  normalization: "model" | "image" | undefined,
  { uncertainty, samples, blends = [] }: PassesOptions,
): boolean {
  const count = models.filter(({ units }) => units === "noise").length;
  if (count === 0) return false;
  if (count < models.length) {
    throw new InputError(
      `${count} of ${models.length} models take images in units of their noise, the others grey values, so that their results have no mean; give models of one kind`,
      { keys: ["model"] },
    );
  }
  const unknown = [
    ...(models.some(({ configuration }) => framesOf(configuration) > 1) ? ["several captures"] : []),
    ...(models.some(({ configuration }) => configuration.noiseLevelMap)
      ? ["maps of the noise's level (noiseLevelMap)"]
      : []),
    ...(blends.some((blend) => blend) ? ["means with a method without training (blend)"] : []),
  ];
  if (unknown.length > 0) {
    throw new InputError(
      `the model takes each image in units of its own noise, expected one of single images without more; got one of ${unknown.join(", ")}`,
      { keys: ["model"] },
    );
  }
  const keys = [
    ...(normalization === "image" ? ["normalization"] : []),
    ...(uncertainty === undefined ? [] : ["uncertainty"]),
    ...(samples === undefined ? [] : ["samples"]),
  ];
  if (keys.length === 0) return true;
  throw new InputError(
    "the model takes each image in units of its own noise, where other normalisations, maps of uncertainty and samples are not known; leave this out",
    { keys },
  );
}

/** Whose range an image has where none was asked for. */
function normalizationFor(
  { normalizes, configuration }: Model,
  otherwise: "model" | "image",
): "model" | "image" {
  return normalizes === "each image" || normalizesBatches(configuration) ? "image" : otherwise;
}

/** What results are a mean with, in a sentence; of several models, those of all. */
function blendsText(
  models: readonly Model[],
  blends: readonly (AppliedBlend | undefined)[],
): string | undefined {
  const texts = models.flatMap(({ blend }, i) => {
    const applied = blends[i];
    return blend && applied ? [blendText(blend, applied.method)] : [];
  });
  return texts.length > 0 ? [...new Set(texts)].join("; ") : undefined;
}

/** A blend with the measured noise, which is that of a capture, as the mean of so many has it. */
function withNoiseOfMean(
  blend: AppliedBlend,
  { gain, offset }: NoiseMeasurement,
  frames: number,
): AppliedBlend {
  if (!blend.method.takesNoise) return blend;
  return { ...blend, noise: { gain: gain / frames, offset: offset / frames } };
}

function meaningless({ message }: IntensityCheck): InputError {
  return new InputError(
    `${message}; the result would mean nothing. Give images in the grey values of the training data, or normalise each by its own range (normalization image)`,
    { keys: ["normalization"] },
  );
}

async function fitToFile(
  sample: readonly Pick<LazyPage, "read">[],
  { configuration }: Model,
  name: string,
): Promise<Normalization> {
  try {
    return await streamedConfigured(sample, configuration);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}
