import type { Plane } from "@clidim/imaging";
import {
  affineOf,
  calibratedDeviation,
  denormalize,
  InputError,
  type Normalization,
  normalize,
  rowBands,
} from "@clidim/imaging";
import { type NoisyPlane, networkValues } from "../data/noisyPlane.js";
import type { Model } from "../model/modelFile.js";
import { coverageText } from "../model/modelUncertainty.js";
import { alignedBands, type Band } from "./alignedBands.js";
import { bandDenoiser } from "./bandDenoiser.js";
import type { BegunPages } from "./begunPages.js";
import {
  type AppliedBlend,
  blendedValues,
  classicalBands,
  isLargeEnough,
  isSameClassical,
  sharedClassical,
} from "./blend.js";
import { orientationsOf } from "./orientationsOf.js";
import { type PageRows, rowsOfPlane } from "./pageRows.js";
import { posteriorSampleBands, posteriorSampleOf } from "./posteriorSamples.js";
import { RunningMoments } from "./runningMoments.js";
import { sampledBands } from "./sampledPasses.js";

/** "uncertainty": the standard deviation of the error, by the model's calibration; "scatter": that between passes, or what the network predicts of it, which is no error bar. */
export const mapKinds = ["uncertainty", "scatter"] as const;
export type MapKind = (typeof mapKinds)[number];

/** What can be shown of models: how the error of a mean of several is distributed was not measured. */
export const mapKind = (models: readonly Model[]): MapKind =>
  models.length === 1 && models[0]?.uncertainty ? "uncertainty" : "scatter";

/** What a map shows, and how far it is to be believed; `reservations`: what speaks against an uncertainty (`uncertainOutside`, `unlikeCalibrated`). */
export function mapText(models: readonly Model[], map: MapKind, reservations: readonly string[]): string {
  const calibration = models[0]?.uncertainty;
  if (map === "uncertainty" && calibration) {
    const measured = `the uncertainty is the standard deviation of the error, as measured: ${coverageText(calibration)}`;
    return [measured, ...reservations].join("; ");
  }
  if (models.length > 1) {
    return "the map is the scatter between models, which is not an error bar: errors that all of them make are not in it";
  }
  const uncalibrated = "the model was not calibrated on held-out pages with clean images";
  return models[0]?.method.predictsDeviation
    ? `the map is the standard deviation that the network predicts, which is not an error bar: ${uncalibrated}, and how far its errors are as large was not measured`
    : `the map is the scatter between passes, which is not an error bar: ${uncalibrated}, and errors that all passes make are not in it`;
}

/** What a calibration cannot tell. */
export const uncertainOutside =
  "it was measured on images in the training's range of grey values, and may not hold for these";

export interface PassesOptions {
  /** Average over the orientations of each page (see `orientationsOf`). Default: as the configuration of each model says. */
  readonly ensemble?: boolean;
  /** How many passes the map is taken over; none: no map. */
  readonly uncertainty?: number;
  /** What the map shows; "uncertainty" needs `mapKind` to say so. Default "scatter". */
  readonly map?: MapKind;
  /** How many signals of each page are drawn beside its result; none: no samples. */
  readonly samples?: number;
  /** What the result of each model is a mean with. Default: nothing. */
  readonly blends?: readonly (AppliedBlend | undefined)[];
}

/** A page, or rows of one, in grey values. */
export interface DenoisedPage {
  readonly denoised: Plane;
  /** Where it was asked for. */
  readonly map?: Plane;
}

/** Denoises pages with one model or several. `maps` has the normalisation of each model, `index` tells pages apart, `onPart` is told the passes done so far, in parts. */
export interface PassesDenoiser extends PagePasses {
  /** One of the signals of pages in place of their result, counted from 0; where samples were asked for. */
  sample?(sample: number): PagePasses;
}

/** Passes over pages. */
interface PagePasses {
  denoise(
    noisy: NoisyPlane,
    maps: readonly Normalization[],
    index: number,
    onPart: (passes: number) => void,
    begun?: BegunClassical,
  ): Promise<DenoisedPage>;
  /** What `denoise` makes of a page, by bands of rows of about so many pixels, from the top, so that none is ever whole in memory. */
  bands(
    noisy: PageRows,
    maps: readonly Normalization[],
    index: number,
    pixels: number,
    onPart: (passes: number) => void,
    begun?: BegunClassical,
  ): AsyncIterable<DenoisedPage>;
}

/** What methods without training make of pages that were begun before it was their turn (`classicalInThreads`). */
export type BegunClassical = BegunPages<readonly (readonly Band[])[]>;

/**
 * Says what `passesDenoiser` would refuse: with one model an uncertainty over less than 2 passes, or of a network whose passes are all the same; with several, one over another
 * number of passes than there are models; samples of several models, or of one that draws none.
 */
export function checkPasses(models: readonly Model[], { uncertainty, samples }: PassesOptions): void {
  if (samples !== undefined) posteriorSampleOf(models, samples);
  if (uncertainty === undefined) return;
  if (!Number.isSafeInteger(uncertainty) || uncertainty < 2) {
    throw new InputError(`uncertainty: expected a whole number of at least 2 passes, got ${uncertainty}`, {
      keys: ["uncertainty"],
    });
  }
  const [first, ...others] = models;
  if (others.length > 0) {
    if (uncertainty !== models.length) {
      throw new InputError(
        `uncertainty is ${uncertainty}, but of several models each makes one pass; there are ${models.length}, so set it to ${models.length}`,
        { keys: ["uncertainty"] },
      );
    }
    return;
  }
  const sampled = first?.method.sampled(first.configuration);
  if (typeof sampled === "string") {
    throw new InputError(
      `uncertainty: the model has ${sampled}; give several models, trained with other seeds`,
      { keys: ["model"] },
    );
  }
}

/** Whether a model sees the level of noise beside a page. */
const seesNoise = ({ configuration }: Model): boolean => configuration.noiseLevelMap === true;

/** Passes of a network per page: of each model one, or eight of an ensemble (four, see `orientationsOf`), with one model those of the uncertainty, and one for each sample; and one of each method without training that results are a mean with. */
export const passesOf = (
  models: readonly Model[],
  { ensemble, uncertainty, samples = 0, blends = [] }: PassesOptions,
): number =>
  models.reduce((sum, model) => sum + orientationsOf(model, ensemble), 0) +
  (models.length === 1 ? (uncertainty ?? 0) : 0) +
  sharedClassical(blends).length +
  samples;

/**
 * One model: its result is the denoised page, the scatter the standard deviation over passes that differ (`sampledPasses`, seed 0) of the
 * page in its own orientation, the uncertainty what the model's calibration makes of both. Samples are of the page in its own orientation, too (`posteriorSampleBands`). Several models: the mean of their results, and as scatter the standard deviation between them.
 * The result of a model with a blend is the mean of its network's with that of the method without training, in grey values; passes and samples are the network's.
 */
export function passesDenoiser(
  models: readonly Model[],
  { ensemble, uncertainty, map: kind = "scatter", samples, blends = [] }: PassesOptions,
): PassesDenoiser {
  checkPasses(models, { ...(uncertainty !== undefined && { uncertainty }) });
  const [only, ...others] = models;
  if (!only) throw new Error("passesDenoiser: expected at least one model, got none");
  const several = others.length > 0;
  const oriented = ensemble === undefined ? {} : { ensemble };
  const results = passesOf(models, oriented);
  const denoised = bandDenoiser(models, oriented);
  const spread =
    uncertainty === undefined || several
      ? undefined
      : sampledBands(only.method, only.configuration, only.variables, { passes: uncertainty });

  const classical = sharedClassical(blends);

  const samplesOf =
    samples === undefined ? undefined : posteriorSampleBands(only, posteriorSampleOf(models, samples));

  /** What takes rows of a page to the values of each network. */
  async function normalizing(noisy: PageRows, maps: readonly Normalization[]) {
    const noise = models.some(seesNoise) ? await noisy.noise?.() : undefined;
    return maps.map((map, i) => {
      const level = seesNoise(models[i]!) ? noise : undefined;
      return (values: ArrayLike<number>): Float32Array => networkValues(values, map, noisy.frames, level);
    });
  }

  async function* bands(
    ...[noisy, maps, index, pixels, onPart, begun]: Parameters<PassesDenoiser["bands"]>
  ): AsyncIterable<DenoisedPage> {
    const { width } = noisy;
    const applied = classical.filter(({ method }) => isLargeEnough(method, noisy));
    let [ofResults, ofSpread] = [0, 0];
    const ofClassical = applied.map(() => 0);
    const tell = (): void =>
      onPart(
        results * ofResults +
          (uncertainty ?? 0) * ofSpread +
          ofClassical.reduce((sum, part) => sum + part, 0),
      );
    const ahead = begun?.take(index, (passes) => {
      ofClassical[0] = passes;
      tell();
    });
    const normalized = await normalizing(noisy, maps);
    const streams = [
      denoised(noisy, normalized, (part) => {
        ofResults = part;
        tell();
      }),
      ...(spread
        ? [
            spread(noisy, normalized[0]!, index, (done, total) => {
              ofSpread = done / total;
              tell();
            }),
          ]
        : []),
      ...applied.map((method, at) =>
        ahead
          ? bandsOfBegun(ahead, at)
          : classicalBands(noisy, method, (part) => {
              ofClassical[at] = part;
              tell();
            }),
      ),
    ];
    const firstApplied = streams.length - applied.length;
    for await (const { height: ready, parts } of alignedBands(streams)) {
      for (const { y, height } of rowBands({ width, height: ready }, pixels)) {
        const own = (image: Float32Array): Float32Array => image.subarray(y * width, (y + height) * width);
        const plane = (data: Float32Array): Plane => ({ width, height, data });
        const greys = parts[0]!.map((image, i) => {
          const grey = denormalize(own(image), maps[i]!);
          const blend = blends[i];
          const at = blend ? applied.findIndex((method) => isSameClassical(blend, method)) : -1;
          if (!blend || at < 0) return grey;
          return blendedValues(grey, own(parts[firstApplied + at]![0]!), blend.weight);
        });
        if (several) {
          const moments = new RunningMoments(height * width);
          for (const grey of greys) moments.add(grey);
          const mean = plane(moments.mean());
          yield uncertainty === undefined
            ? { denoised: mean }
            : { denoised: mean, map: plane(moments.deviation()) };
          continue;
        }
        const [grey] = greys;
        const scatter = parts[1]?.[1];
        yield scatter
          ? { denoised: plane(grey!), map: plane(shown(grey!, own(scatter), maps[0]!)) }
          : { denoised: plane(grey!) };
      }
    }
  }

  /** The map of one model, in grey values. */
  function shown(grey: Float32Array, scatter: Float32Array, map: Normalization): Float32Array {
    const { scale } = affineOf(map);
    if (kind === "uncertainty" && only?.uncertainty) {
      const deviation = calibratedDeviation(only.uncertainty, normalize(grey, map), scatter);
      return deviation.map((value) => value / scale);
    }
    // Of passes of the network, whose result is so many times brighter.
    const gain = only?.fluxCalibration?.gain ?? 1;
    return scatter.map((value) => (gain * value) / scale);
  }

  return {
    ...whole(bands),
    ...(samplesOf && {
      sample: (sample) =>
        whole(async function* (noisy, maps, _index, pixels, onPart) {
          const [normalized] = await normalizing(noisy, maps);
          const onTile = (done: number, total: number): void => onPart(done / total);
          const { width } = noisy;
          for await (const { height: ready, images } of samplesOf(noisy, normalized!, sample, onTile)) {
            for (const { y, height } of rowBands({ width, height: ready }, pixels)) {
              const data = denormalize(images[0]!.subarray(y * width, (y + height) * width), maps[0]!);
              yield { denoised: { width, height, data } };
            }
          }
        }),
    }),
  };
}

/** What one of the methods made of a page. */
async function* bandsOfBegun(begun: Promise<readonly (readonly Band[])[]>, at: number): AsyncIterable<Band> {
  yield* (await begun)[at]!;
}

/** The same passes by bands, and by whole pages, whose bands are put together. */
function whole(bands: PagePasses["bands"]): PagePasses {
  return {
    bands,
    denoise: async (noisy, maps, index, onPart, begun) => {
      const { width, height } = noisy;
      const pixels = width * height;
      const page: { denoised?: Float32Array; map?: Float32Array } = {};
      let at = 0;
      for await (const band of bands(rowsOfPlane(noisy), maps, index, pixels, onPart, begun)) {
        for (const name of ["denoised", "map"] as const) {
          const part = band[name];
          if (!part) continue;
          page[name] ??= new Float32Array(pixels);
          page[name].set(part.data, at);
        }
        at += band.denoised.data.length;
      }
      const plane = (data: Float32Array): Plane => ({ width, height, data });
      return { denoised: plane(page.denoised!), ...(page.map && { map: plane(page.map) }) };
    },
  };
}
