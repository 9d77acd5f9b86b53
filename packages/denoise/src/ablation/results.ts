import { readFile } from "node:fs/promises";
import { fileError, InputError } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { z } from "zod";
import { psnrSchema } from "../training/metricsLog.js";
import type { Cost } from "./cost.js";
import type { Measurement, Metrics } from "./measure.js";

/** What a run's training came to. */
export interface TrainingSummary {
  readonly updates: number;
  /** The update whose model was tested. */
  readonly kept: number;
  readonly seconds: number;
  readonly adapter: string;
  readonly pages: number;
  readonly held: number;
  /** On the validation crops: the PSNR of the tested model and of the noisy crops; null where nothing was held out. */
  readonly validation: { readonly psnr: number; readonly noisy: number } | null;
}

/** result.json of a run: what was asked for, and what came of it. */
export interface RunResult {
  readonly format: "clidim-ablation-run";
  readonly formatVersion: 1;
  /** Everything that bears on the run, its settings and its files; another one makes it another run. */
  readonly request: unknown;
  readonly training: TrainingSummary;
  /** Null where the training diverged or was hopeless, or the result of a test page is no number. */
  readonly test: Measurement | null;
  /** Not of results of a time when it was not measured. */
  readonly cost?: Cost | undefined;
  /** What stopped the training, where it diverged or was hopeless, or which result is no number. */
  readonly failure?: string | undefined;
}

/** One classical method on a data set's test pages. */
export interface ClassicalResult {
  readonly format: "clidim-ablation-classical";
  readonly formatVersion: 1;
  readonly request: unknown;
  /** The parameter that was chosen by looking at the clean test pages: "sigma 1.02 pixels"; none for the noisy pages. */
  readonly chosen: string | null;
  readonly test: Measurement;
  /** Not of the noisy pages, nor of results of a time when it was not measured. */
  readonly cost?: Cost | undefined;
}

const figure = z.number().nullable();
const metricsShape: { readonly [K in keyof Metrics]: typeof figure } = {
  psnr: figure,
  ssim: figure,
  nrmse: figure,
  siPsnr: figure,
  ssimGaussian: figure,
  nrmseMean: figure,
  nrmseEuclidean: figure,
  psnrAsReleased: figure,
  ssimAsReleased: figure,
  nrmseAsReleased: figure,
};
const measurement: z.ZodType<Measurement> = z.object({
  mean: z.object(metricsShape),
  pages: z.array(z.object({ name: z.string(), ...metricsShape })),
});

const cost: z.ZodType<Cost> = z.object({
  testSeconds: z.number(),
  processBytes: z.number().optional(),
  grownBytes: z.number().optional(),
  deviceBytes: z.number().nullable().optional(),
});

export const runResult: z.ZodType<RunResult> = z.object({
  format: z.literal("clidim-ablation-run"),
  formatVersion: z.literal(1),
  request: z.unknown(),
  training: z.object({
    updates: z.number(),
    kept: z.number(),
    seconds: z.number(),
    adapter: z.string(),
    pages: z.number(),
    held: z.number(),
    validation: z.object({ psnr: psnrSchema, noisy: psnrSchema }).nullable(),
  }),
  test: measurement.nullable(),
  cost: cost.optional(),
  failure: z.string().optional(),
});

export const classicalResult: z.ZodType<ClassicalResult> = z.object({
  format: z.literal("clidim-ablation-classical"),
  formatVersion: z.literal(1),
  request: z.unknown(),
  chosen: z.string().nullable(),
  test: measurement,
  cost: cost.optional(),
});

/**
 * A result that was written earlier; undefined where there is none. An `InputError` where it is damaged, and where it was made from another
 * request: then the ablation file or an image has changed. `asNow` has a request of before as it would be written now; where it does not tell, undefined, and the result counts for none.
 */
export async function readResult<T extends { readonly request: unknown }>(
  path: string,
  schema: z.ZodType<T>,
  request: unknown,
  asNow: (stored: unknown) => unknown,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw fileError("read", path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is damaged: it is not JSON; remove its folder to do the run again`, {
      cause: error,
    });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    throw new InputError(
      `${path} is not a result of an ablation (${z.prettifyError(result.error)}); remove its folder to do the run again`,
    );
  }
  const stored = asNow(result.data.request);
  if (stored === undefined) return undefined;
  if (JSON.stringify(stored) !== JSON.stringify(request)) {
    const sameSettings = withoutFiles(stored) === withoutFiles(request);
    throw madeFromOther(path, sameSettings ? "images than the files hold now" : undefined);
  }
  return result.data;
}

const withoutFiles = (request: unknown): string =>
  JSON.stringify(request, (key, value: unknown) => (key === "files" ? undefined : value));

/** What is in the way of a run that has changed since it was done or begun. */
export const madeFromOther = (
  path: string,
  what = "settings than the ablation file has now",
  options?: ErrorOptions,
): InputError =>
  new InputError(
    `${path} was made from other ${what}; give another folder, or remove its folder to do the run again`,
    { ...options, keys: ["out"] },
  );

export async function writeResult(path: string, result: RunResult | ClassicalResult): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(result, null, 1)}\n`);
}
