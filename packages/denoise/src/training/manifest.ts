import { readFile } from "node:fs/promises";
import type { Normalization } from "@clidim/imaging";
import { fileError, InputError, type RegionName, regionNames } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { z } from "zod";
import { parseConfiguration } from "../configuration/configuration.js";
import type { CleanImages } from "../data/pairing.js";
import { type SceneSplit, splitKinds } from "../data/splitScenes.js";
import { type UsedAxes, usedAxesSchema, usedAxesTexts } from "../data/usedAxes.js";
import type { AdapterRecord } from "../machine/adapter.js";
import { firstMethod } from "../model/describedSafetensors.js";
import { type FluxCalibration, fluxCalibrationSchema } from "../model/fluxCalibration.js";
import { type ModelBlend, modelBlendSchema } from "../model/modelBlend.js";
import { normalizationSchema } from "../model/modelFile.js";
import { type ModelUncertainty, modelUncertaintySchema } from "../model/modelUncertainty.js";
import { methodId, type TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { type Comparison, comparisonSchema } from "./comparison.js";
import {
  type ImageFigures,
  imageFiguresSchema,
  type ValidationFigures,
  validationFiguresSchema,
} from "./metricsLog.js";
import { type StepBack, stepBackSchema } from "./stepBack.js";

/** One of the files that a run was trained with. */
export interface DataFile {
  /** As given: the path, with the page range. */
  readonly name: string;
  readonly bytes: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
}

/** A clean page and what was made of its grey values. */
export interface ConvertedUnits {
  /** The noisy file, with its page range. */
  readonly noisy: string;
  readonly clean: string;
  readonly scale: number;
  readonly offset: number;
}

export interface TestData {
  readonly noisy: readonly DataFile[];
  readonly clean: "average" | readonly DataFile[];
  /** The parts of the images that are tested on; none: the whole images. */
  readonly regions: readonly RegionName[];
}

/** manifest.json: what a run was made from, where, and how far it is. */
export interface Manifest {
  readonly format: "clidim-training";
  readonly formatVersion: 1;
  /** "failed": stopped by an error, such as a loss that is no number; the checkpoint is the last good one. */
  readonly status: "running" | "interrupted" | "completed" | "failed";
  readonly versions: { readonly clidim: string; readonly node: string; readonly platform: string };
  readonly adapter: AdapterRecord;
  /** Of sessions before the last one that had other versions, or another adapter: these, in their order. */
  readonly earlier?: readonly Pick<Manifest, "versions" | "adapter">[] | undefined;
  /** `name@version`. */
  readonly method: string;
  readonly configuration: RunConfiguration;
  readonly seed: number;
  readonly data: {
    readonly noisy: readonly DataFile[];
    readonly clean: CleanImages<DataFile>;
    /** Second captures, where they are files of their own. */
    readonly second?: readonly DataFile[] | undefined;
    /** What of the noisy files is meant, where it is not everything. */
    readonly axes?: UsedAxes | undefined;
    /** The test set, where the model is chosen on it. */
    readonly test?: TestData | undefined;
    /** The clean pages that had other units than their noisy ones, with the maps by which they were converted: `noisy = scale clean + offset`. */
    readonly units?: readonly ConvertedUnits[] | undefined;
    /** The fraction asked for. */
    readonly validation: number;
    readonly split: {
      readonly kind: SceneSplit["kind"];
      readonly training: readonly { readonly name: string; readonly pages: number }[];
      readonly validation: readonly string[];
    };
  };
  readonly normalization: Normalization;
  /** `done` is where the checkpoint stands. */
  readonly updates: { readonly done: number; readonly total: number };
  readonly timings: {
    /** ISO 8601. */
    readonly started: string;
    readonly changed: string;
    /** Training time over all sessions. */
    readonly seconds: number;
    /** Of the last session, without the compilation. */
    readonly updatesPerSecond: number | null;
    readonly sessions: number;
  };
  /** Of a guarded run: how often and why it was taken back to an earlier state. */
  readonly steppedBack?: readonly StepBack[] | undefined;
  /** The update whose model model.safetensors holds. */
  readonly kept: number;
  /** On the validation crops, `best` and `last` null until there are some; null where nothing is held out. */
  readonly validation: {
    /** Of the noisy crops themselves; null where there are no clean ones. */
    readonly noisy: ImageFigures | null;
    readonly best: ValidationFigures | null;
    readonly last: ValidationFigures | null;
  } | null;
  /** Of a run that is completed, where the validation crops have clean images. */
  readonly comparison?: Comparison | undefined;
  /** Likewise, where the model was calibrated; the model file has it too. */
  readonly uncertainty?: ModelUncertainty | undefined;
  /** Of a run that is completed, where it was asked for; the model file has it too. */
  readonly fluxCalibration?: FluxCalibration | undefined;
  /** Likewise, where the validation crops have clean images. */
  readonly blend?: ModelBlend | undefined;
}

const dataFiles: z.ZodType<readonly DataFile[]> = z.array(
  z.object({ name: z.string(), bytes: z.number(), sha256: z.string() }),
);

const cleanFiles: z.ZodType<"average" | readonly DataFile[]> = z.union([z.literal("average"), dataFiles]);

const versions = z.object({ clidim: z.string(), node: z.string(), platform: z.string() });
const adapter = z.object({
  name: z.string(),
  kind: z.enum(["software", "gpu", "webassembly"]),
  vendor: z.string(),
  architecture: z.string(),
  device: z.string(),
  description: z.string(),
});

/** The configuration is left to the method. */
const schema: z.ZodType<Omit<Manifest, "configuration"> & { readonly configuration: unknown }> = z.object({
  format: z.literal("clidim-training"),
  formatVersion: z.literal(1),
  status: z.enum(["running", "interrupted", "completed", "failed"]),
  versions,
  adapter,
  earlier: z.array(z.object({ versions, adapter })).optional(),
  // Manifests that do not name a method are of a time when there was no other.
  method: z.string().default(firstMethod),
  configuration: z.unknown(),
  seed: z.number(),
  data: z.object({
    noisy: dataFiles,
    clean: z.union([z.literal("none"), cleanFiles]),
    second: dataFiles.optional(),
    axes: usedAxesSchema.optional(),
    test: z.object({ noisy: dataFiles, clean: cleanFiles, regions: z.array(z.enum(regionNames)) }).optional(),
    units: z
      .array(z.object({ noisy: z.string(), clean: z.string(), scale: z.number(), offset: z.number() }))
      .optional(),
    validation: z.number(),
    split: z.object({
      kind: z.enum(splitKinds),
      training: z.array(z.object({ name: z.string(), pages: z.number() })),
      validation: z.array(z.string()),
    }),
  }),
  normalization: normalizationSchema,
  updates: z.object({ done: z.number(), total: z.number() }),
  timings: z.object({
    started: z.string(),
    changed: z.string(),
    seconds: z.number(),
    updatesPerSecond: z.number().nullable(),
    sessions: z.number(),
  }),
  steppedBack: z.array(stepBackSchema).optional(),
  kept: z.number(),
  validation: z
    .object({
      noisy: imageFiguresSchema.nullable(),
      best: validationFiguresSchema.nullable(),
      last: validationFiguresSchema.nullable(),
    })
    .nullable(),
  comparison: comparisonSchema.optional(),
  uncertainty: modelUncertaintySchema.optional(),
  fluxCalibration: fluxCalibrationSchema.optional(),
  blend: modelBlendSchema.optional(),
});

/** The manifest of a run of a method. `InputError`s for anything else, a run of another method among it. */
export async function readManifest(path: string, method: TrainedMethod): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw fileError("read", path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is damaged: it is not JSON`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    if (madeBefore(value)) {
      throw new InputError(
        `${path} was made by an earlier version of this program (it does not say which model is kept); go on with that version, or start anew in another folder`,
        { keys: ["out"] },
      );
    }
    const issue = result.error.issues[0];
    throw new InputError(
      `${path} is not the manifest of a training run (${issue?.path.join(".") || "its root"}: ${issue?.message})`,
    );
  }
  if (result.data.method !== methodId(method)) {
    throw new OtherRun(path, [`method was ${result.data.method}, is ${methodId(method)}`]);
  }
  try {
    return { ...result.data, configuration: parseConfiguration(method, result.data.configuration) };
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`${path} is not the manifest of a training run (${error.message})`, { cause: error })
      : error;
  }
}

const madeBefore = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "format" in value &&
  value.format === "clidim-training" &&
  !("kept" in value);

export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A run in `path` that is not the one to go on with. */
export class OtherRun extends InputError {
  override readonly name: string = "OtherRun";
  /** "updates was 12, is 14". */
  readonly differences: readonly string[];

  constructor(path: string, differences: readonly string[]) {
    super(
      `${path}: a run goes on with the same data and configuration only, but ${differences.join("; ")}; ` +
        "give the same options as before, or another folder",
      { keys: ["out"] },
    );
    this.differences = differences;
  }
}

/** Refuses to go on with a run on other data, with another configuration or seed; says what differs. */
export function checkSameRun(path: string, before: Manifest, now: Manifest): void {
  const [axesBefore, axesNow] = usedAxesTexts(before.data.axes, now.data.axes);
  const differences = [
    ...recordDifferences("", before.configuration, now.configuration),
    ...(before.seed === now.seed ? [] : [`seed was ${before.seed}, is ${now.seed}`]),
    ...(before.data.validation === now.data.validation
      ? []
      : [`validation was ${before.data.validation}, is ${now.data.validation}`]),
    ...fileDifferences("noisy", before.data.noisy, now.data.noisy),
    ...cleanDifferences("clean", before.data.clean, now.data.clean),
    ...fileDifferences("second", before.data.second ?? [], now.data.second ?? []),
    ...(axesBefore === axesNow ? [] : [`of the files ${axesBefore} was used, now ${axesNow}`]),
    ...testDifferences(before.data.test, now.data.test),
    ...recordDifferences("normalization", before.normalization, now.normalization),
  ];
  if (differences.length > 0) {
    throw new OtherRun(path, differences);
  }
}

/** Of records in the configuration's records, such as a curve that was measured, no more than that they differ. */
function recordDifferences(path: string, before: unknown, now: unknown): string[] {
  if (typeof before === "object" && before !== null && typeof now === "object" && now !== null) {
    const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(now))];
    const found = [...new Set([...a.keys(), ...b.keys()])]
      .filter((key) => path !== "" || key !== "notes")
      .flatMap((key) => recordDifferences(path === "" ? key : `${path}.${key}`, a.get(key), b.get(key)));
    return path.includes(".") && found.length > 0 ? [`${path} is another`] : found;
  }
  return before === now ? [] : [`${path} was ${JSON.stringify(before)}, is ${JSON.stringify(now)}`];
}

function cleanDifferences(role: string, before: CleanImages<DataFile>, now: CleanImages<DataFile>): string[] {
  if (typeof before === "string" || typeof now === "string") {
    return before === now ? [] : [`${role} was ${cleanText(before)}, is ${cleanText(now)}`];
  }
  return fileDifferences(role, before, now);
}

function cleanText(clean: CleanImages<DataFile>): string {
  return typeof clean === "string" ? clean : `${clean.length} files`;
}

function testDifferences(before: TestData | undefined, now: TestData | undefined): string[] {
  if (!before || !now)
    return before === now ? [] : [`the model was ${before ? "" : "not "}chosen on a test set`];
  return [
    ...fileDifferences("test noisy", before.noisy, now.noisy),
    ...cleanDifferences("test clean", before.clean, now.clean),
    ...recordDifferences("test regions", before.regions, now.regions),
  ];
}

/** Files may have moved; their contents and pages may not have changed. */
function fileDifferences(role: string, before: readonly DataFile[], now: readonly DataFile[]): string[] {
  if (before.length !== now.length) return [`there were ${before.length} ${role} files, now ${now.length}`];
  return now.flatMap((file, i) => {
    const old = before[i]!;
    if (file.sha256 !== old.sha256)
      return [`the contents of ${role} file ${file.name} differ from those of ${old.name}`];
    return pagesOf(file) === pagesOf(old) ? [] : [`the pages of ${file.name} differ from ${old.name}`];
  });
}

function pagesOf({ name }: DataFile): string {
  return /#\d+(-\d+)?$/.exec(name)?.[0] ?? "";
}
