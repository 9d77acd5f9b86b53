import { z } from "zod";
import { InputError } from "../image/inputError.js";
import type { NoiseHistogram } from "./noiseHistogram.js";
import type { NoiseMixture } from "./noiseMixture.js";
import type { TransferPoint } from "./photonTransfer.js";

/** The noise of a camera as it was measured: what is stored in a file. */
export interface NoiseMeasurement {
  /**
   * What it was measured on. "frames": repeated frames of still scenes; "signal": images beside what they should look like, such as denoised ones; "pages": single images, from what differs between
   * neighbouring pixels.
   */
  readonly from: "frames" | "signal" | "pages";
  /** How many images. */
  readonly images: number;
  /** Grey values per electron; 0 where the noise does not grow with the signal. */
  readonly gain: number;
  /** The variance of the noise is `gain signal + offset`, grey values squared. */
  readonly offset: number;
  /** The grey value without light, where it is known. */
  readonly black?: number;
  /** Standard deviation of the noise without light, electrons, where `black` is known and there is a gain. */
  readonly readNoise?: number;
  /** The relative standard deviation of the measured variances from the line. */
  readonly scatter: number;
  /** The photon transfer curve, in ascending order of the signal. */
  readonly transfer: readonly TransferPoint[];
  readonly histogram?: NoiseHistogram;
  readonly mixture?: NoiseMixture;
  /** What speaks against it, each a sentence without a full stop. */
  readonly warnings: readonly string[];
  /** Those of the warnings that bear on histogram and mixture alone, where there are any. */
  readonly distributionWarnings?: readonly string[];
  /** Which program measured which files. */
  readonly provenance?: NoiseProvenance;
}

export interface NoiseProvenance {
  readonly software: string;
  /** As they were named. */
  readonly files: readonly string[];
  /** Frames without light, and signals beside the files. */
  readonly dark?: readonly string[];
  readonly signals?: readonly string[];
}

const FORMAT = "clidim-noise";
const VERSION = 1;

const rows = z.array(z.array(z.number()).min(1)).min(1);

/** What a mixture in a file must be. */
export const noiseMixtureSchema: z.ZodType<NoiseMixture> = z
  .object({
    low: z.number(),
    high: z.number(),
    leastVariance: z.number().positive(),
    mean: rows,
    logVariance: rows,
    weight: rows,
  })
  .refine(
    ({ mean, logVariance, weight }) => mean.length === logVariance.length && mean.length === weight.length,
    { message: "as many means as variances and weights" },
  );

/** What a histogram in a file must be. */
export const noiseHistogramSchema: z.ZodType<NoiseHistogram> = z
  .object({
    low: z.number(),
    high: z.number(),
    bins: z.number().int().min(2),
    counts: z.array(z.number().min(0)),
  })
  .refine(({ low, high }) => low < high, { message: "low is below high" })
  .refine(({ bins, counts }) => counts.length === bins * bins, { message: "bins x bins counts" });

const measurementSchema: z.ZodType<NoiseMeasurement> = z
  .object({
    from: z.enum(["frames", "signal", "pages"]),
    images: z.number().int().min(1),
    gain: z.number().min(0),
    offset: z.number(),
    black: z.number().exactOptional(),
    readNoise: z.number().min(0).exactOptional(),
    scatter: z.number().min(0),
    transfer: z.array(
      z.object({
        signal: z.number(),
        variance: z.number().min(0),
        weight: z.number().min(0),
        pixels: z.number().int().min(1),
      }),
    ),
    histogram: noiseHistogramSchema.exactOptional(),
    mixture: noiseMixtureSchema.exactOptional(),
    warnings: z.array(z.string()),
    distributionWarnings: z.array(z.string()).exactOptional(),
    provenance: z
      .object({
        software: z.string(),
        files: z.array(z.string()),
        dark: z.array(z.string()).exactOptional(),
        signals: z.array(z.string()).exactOptional(),
      })
      .exactOptional(),
  })
  .refine(({ gain, offset }) => gain > 0 || offset > 0, { message: "a gain or an offset above 0" });

/** A measurement as the text of a file: JSON, with the format's name and version. */
export function noiseMeasurementText(measurement: NoiseMeasurement): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...measurement })}\n`;
}

/** The measurement in the text of a file; an `InputError` that names the file where it is none, or of a version that is not known. */
export function parseNoiseMeasurement(text: string, file: string): NoiseMeasurement {
  const hint = "measure the noise to get one";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file} is not JSON, expected a noise model; ${hint}`, { cause, file });
  }
  const head = z.object({ format: z.literal(FORMAT), version: z.number() }).safeParse(json);
  if (!head.success) {
    throw new InputError(`${file} is not a noise model (expected format ${FORMAT}); ${hint}`, { file });
  }
  if (head.data.version !== VERSION) {
    throw new InputError(
      `${file} is a noise model of version ${head.data.version}, expected ${VERSION}; measure it again`,
      { file },
    );
  }
  const measurement = measurementSchema.safeParse(json);
  if (measurement.success) return measurement.data;
  throw new InputError(`${file} is damaged: ${z.prettifyError(measurement.error)}; ${hint}`, { file });
}
