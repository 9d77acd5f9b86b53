import type { LazyPage, Plane } from "@clidim/imaging";
import { affineOf, calibratedDeviation, InputError, type Normalization, normalize } from "@clidim/imaging";
import type { Model } from "../model/modelFile.js";
import { coverageText } from "../model/modelUncertainty.js";
import { bandDenoiser, denoiser } from "./denoise.js";
import { denoisePage, denoisePageBands } from "./denoisePage.js";
import { RunningMoments } from "./runningMoments.js";
import { sampledPasses } from "./sampledPasses.js";
import { selfEnsemble } from "./selfEnsemble.js";

/** "uncertainty": the standard deviation of the error, by the model's calibration; "scatter": that between passes, which is no error bar. */
export const mapKinds = ["uncertainty", "scatter"] as const;
export type MapKind = (typeof mapKinds)[number];

/** What can be shown of models: how the error of a mean of several is distributed was not measured. */
export const mapKind = (models: readonly Model[]): MapKind =>
  models.length === 1 && models[0]?.uncertainty ? "uncertainty" : "scatter";

/** What a map shows, and how far it is to be believed; `outside` of a file whose grey values are not those of the training. */
export function mapText(models: readonly Model[], map: MapKind, outside = false): string {
  const calibration = models[0]?.uncertainty;
  if (map === "uncertainty" && calibration) {
    return (
      `the uncertainty is the standard deviation of the error, as measured: ${coverageText(calibration)}` +
      (outside ? `; ${uncertainOutside}` : "")
    );
  }
  return models.length > 1
    ? "the map is the scatter between models, which is not an error bar: errors that all of them make are not in it"
    : "the map is the scatter between passes, which is not an error bar: the model was not calibrated on held-out pages with clean images, and errors that all passes make are not in it";
}

/** What a calibration cannot tell. */
export const uncertainOutside =
  "it was measured on images in the training's range of grey values, and may not hold for these";

export interface PassesOptions {
  /** Average over the eight orientations of each page. Default false. */
  readonly ensemble?: boolean;
  /** How many passes the map is taken over; none: no map. */
  readonly uncertainty?: number;
  /** What the map shows; "uncertainty" needs `mapKind` to say so. Default "scatter". */
  readonly map?: MapKind;
}

/** Both in grey values. */
export interface DenoisedPage {
  readonly denoised: Plane;
  /** Where it was asked for. */
  readonly map?: Plane;
}

/** Denoises pages with one model or several. */
export interface PassesDenoiser {
  /** `maps` has the normalisation of each model, `index` tells pages apart, `onPart` is told the passes done so far, in parts. */
  denoise(
    noisy: Plane,
    maps: readonly Normalization[],
    index: number,
    onPart: (passes: number) => void,
  ): Promise<DenoisedPage>;
  /** Where a result is one pass: what `denoise` makes of a page, by bands of rows of about so many pixels, from the top, so that neither is ever whole in memory. */
  bands?(
    noisy: LazyPage,
    maps: readonly Normalization[],
    pixels: number,
    onPart: (passes: number) => void,
  ): AsyncIterable<Plane>;
}

/**
 * Says what `passesDenoiser` would refuse: with one model an uncertainty over less than 2 passes, or of a network whose passes are all the same; with several, one over another
 * number of passes than there are models.
 */
export function checkPasses(models: readonly Model[], { uncertainty }: PassesOptions): void {
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

/** Passes of a network per page: of each model one, or eight of an ensemble, and with one model those of the uncertainty. */
export const passesOf = (models: readonly Model[], { ensemble, uncertainty }: PassesOptions): number =>
  models.length * (ensemble ? 8 : 1) + (models.length === 1 ? (uncertainty ?? 0) : 0);

/**
 * One model: its result is the denoised page, the scatter the standard deviation over passes that differ (`sampledPasses`, seed 0) of the
 * page in its own orientation, the uncertainty what the model's calibration makes of both. Several models: the mean of their results, and as scatter the standard deviation between them.
 */
export function passesDenoiser(
  models: readonly Model[],
  { ensemble = false, uncertainty, map: kind = "scatter" }: PassesOptions,
): PassesDenoiser {
  checkPasses(models, { ...(uncertainty !== undefined && { uncertainty }) });
  const perResult = ensemble ? 8 : 1;
  const denoisers = models.map(({ method, configuration, variables }) => {
    const plain = denoiser(method, configuration, variables);
    return ensemble ? selfEnsemble(plain) : plain;
  });
  const [only, ...others] = models;
  if (!only) throw new Error("passesDenoiser: expected at least one model, got none");
  if (others.length > 0) {
    return {
      denoise: async (noisy, maps, _index, onPart) => {
        const { width, height } = noisy;
        const moments = new RunningMoments(noisy.data.length);
        for (const [i, denoise] of denoisers.entries()) {
          const { data } = await denoisePage(denoise, noisy, maps[i]!, {
            onTile: (done, total) => onPart(perResult * (i + done / total)),
          });
          moments.add(data);
        }
        const denoised = { width, height, data: moments.mean() };
        if (uncertainty === undefined) return { denoised };
        return { denoised, map: { width, height, data: moments.deviation() } };
      },
    };
  }
  const spread =
    uncertainty === undefined
      ? undefined
      : sampledPasses(only.method, only.configuration, only.variables, { passes: uncertainty });
  const byBands =
    ensemble || spread ? undefined : bandDenoiser(only.method, only.configuration, only.variables);
  return {
    ...(byBands && {
      bands: (noisy, maps, pixels, onPart) =>
        denoisePageBands(byBands, noisy, maps[0]!, pixels, { onTile: (done, total) => onPart(done / total) }),
    }),
    denoise: async (noisy, maps, index, onPart) => {
      const { width, height } = noisy;
      const map = maps[0]!;
      const denoised = await denoisePage(denoisers[0]!, noisy, map, {
        onTile: (done, total) => onPart((perResult * done) / total),
      });
      if (!spread || uncertainty === undefined) return { denoised };
      const { deviation } = await spread(normalize(noisy.data, map), width, height, index, {
        onTile: (done, total) => onPart(perResult + (uncertainty * done) / total),
      });
      const { scale } = affineOf(map);
      const shown =
        kind === "uncertainty" && only.uncertainty
          ? calibratedDeviation(only.uncertainty, normalize(denoised.data, map), deviation)
          : deviation;
      return { denoised, map: { width, height, data: shown.map((value) => value / scale) } };
    },
  };
}
