import {
  InputError,
  type IntensityCheck,
  type LazyPage,
  type Normalization,
  sizeText,
  streamedIntensityCheck,
} from "@clidim/imaging";
import { normalizesBatches, streamedConfigured } from "../data/fitConfigured.js";
import { openDevice } from "../machine/openDevice.js";
import type { Model } from "../model/modelFile.js";
import { trainedChannel } from "../model/trainedChannel.js";
import { framesOf } from "../protocol/runConfiguration.js";
import {
  checkPasses,
  mapText,
  type PassesOptions,
  passesDenoiser,
  passesOf,
  uncertainOutside,
} from "./denoisePasses.js";
import { FarPixels } from "./farPixels.js";
import type { FilesDenoiser } from "./fileDenoiser.js";
import { bandsOf } from "./pageBands.js";
import { rowsOfPage } from "./pageRows.js";
import { presentPixels, sampledPages } from "./sampledPages.js";
import { sharedFrames } from "./sharedFrames.js";

/** The smallest page, in pixels across, whose noise can be estimated. */
const SMALLEST_MEASURED = 16;

/**
 * Files by one model or several. A file is normalised as a whole; one unlike the training data is warned of, one with which a
 * result would mean nothing (see `IntensityCheck`) refused unless the model's normalisation is asked for. `InputError`s as `checkPasses`.
 */
export function modelsDenoiser(
  models: readonly Model[],
  normalization: "model" | "image" | undefined,
  options: PassesOptions,
): FilesDenoiser {
  checkPasses(models, options);
  const frames = sharedFrames(models.map(({ configuration }) => framesOf(configuration)));
  return {
    passes: passesOf(models, options),
    frames,
    trainedOn: models.flatMap((model) => trainedChannel(model) ?? []),
    async start() {
      await openDevice();
      const denoiser = passesDenoiser(models, options);
      return async (input, { onWarning, signal }, otherwise) => {
        const noisePage = models.some(({ configuration }) => configuration.noiseLevelMap);
        if (noisePage && Math.min(input.width, input.height) < SMALLEST_MEASURED) {
          throw new InputError(
            `${input.name} is ${sizeText(input)} pixels; the model sees the noise of each page, which takes at least ${SMALLEST_MEASURED} x ${SMALLEST_MEASURED} to be estimated`,
          );
        }
        const sample = (await sampledPages(input.captures?.stack ?? input, signal))
          .flatMap((page) => bandsOf(page))
          .map(presentPixels);
        const maps: Normalization[] = [];
        const ranges: IntensityCheck[] = [];
        for (const model of models) {
          const mode = normalization ?? (normalizesBatches(model.configuration) ? "image" : otherwise);
          if (mode === "model") {
            const range = await streamedIntensityCheck(sample, model.normalization, input.name);
            if (range.meaningless && normalization === undefined) throw meaningless(range);
            ranges.push(range);
            maps.push(model.normalization);
          } else {
            maps.push(await fitToFile(sample, model, input.name));
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
        const far = new FarPixels(maps);
        return {
          ...(range && { range }),
          ...(options.uncertainty !== undefined && {
            map: mapText(models, options.map ?? "scatter", range?.outside),
          }),
          bands: (noisy, index, pixels, onPart) =>
            denoiser.bands(rowsOfPage(far.counting(noisy), frames), maps, index, pixels, onPart),
          denoise: (noisy, index, onPart) => {
            far.add(noisy.data);
            return denoiser.denoise(noisy, maps, index, onPart);
          },
          // Of a file that is outside as a whole, that is said already.
          remark: () =>
            range?.outside ? undefined : far.sentence(input.name, options.map === "uncertainty"),
        };
      };
    },
  };
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
