import { InputError, overlappingRegions, type RegionName, regionNames } from "@clidim/imaging";
import { z } from "zod";
import { parseConfigurationYaml } from "../configuration/configurationYaml.js";
import { parseRanges, planeAxes } from "../data/axisSelection.js";
import type { ImageAxes } from "../data/pairing.js";
import { firstMethod } from "../model/describedSafetensors.js";
import { memberAt, type Plain } from "../protocol/configurationSpace.js";
import { record } from "../protocol/fields.js";
import type { Published } from "./published.js";

/** Noisy files and what they should look like, with page ranges as `train` takes them. */
export interface AblationImages {
  readonly noisy: readonly string[];
  /** "average": the mean of each noisy stack. */
  readonly clean: "average" | readonly string[];
}

export interface AblationData extends ImageAxes {
  readonly name: string;
  /** `second`: second captures of the noisy files, for methods that are trained towards them; see `TrainOptions`. */
  readonly train: AblationImages & { readonly second?: readonly string[] | undefined };
  /** `regions`: the parts of the images that are the test set; none: the whole images. */
  readonly test: AblationImages & { readonly regions: readonly RegionName[] };
  /** A file of a `NoiseMeasurement`, for methods that learn with a model of the noise; without one they make it from the training images. */
  readonly noise?: string | undefined;
  /** The peak of PSNR: "range" is max - min of each clean page, a number is in grey values. */
  readonly peak: "range" | number;
  /** Configuration keys for this data set, over those of all. */
  readonly overrides: Plain;
  /** Numbers of noisy pages to train on; 0, for all of them, is written "all". */
  readonly shots: readonly number[];
}

/** What is meant of the files of a data set: what its results are of. */
export function selectionOf({ channel, z: depths, t: times }: AblationData): ImageAxes {
  return {
    ...(channel !== undefined && { channel }),
    ...(depths && { z: depths }),
    ...(times && { t: times }),
  };
}

/** That, and what is said of captures, which says what is allowed and changes no result. */
export const axesOf = (data: AblationData): ImageAxes => ({
  ...selectionOf(data),
  ...(data.captures && { captures: data.captures }),
});

export interface AblationVariant {
  readonly name: string;
  /** Another method than that of the file. */
  readonly method?: string | undefined;
  /** Where its configuration starts from instead of the file's preset; for a variant of another method, by default that method's first. */
  readonly preset?: string | undefined;
  /** Configuration keys that make the variant, over all others. */
  readonly overrides: Plain;
  /** The data sets that it is for; all where they are not named. */
  readonly data?: readonly string[] | undefined;
}

/** The variants of a data set. */
export const variantsOn = <V extends Pick<AblationVariant, "data">>(
  variants: readonly V[],
  { name }: Pick<AblationData, "name">,
): V[] => variants.filter(({ data }) => data === undefined || data.includes(name));

const tableMetrics = ["psnr", "siPsnr", "ssim", "ssimGaussian", "nrmse", "time", "memory"] as const;
/** What the tables may show; results.csv has all. "time" and "memory" are what a result took. */
export type TableMetric = (typeof tableMetrics)[number];

/** An ablation as its file describes it: every variant is trained on every data set with each of its numbers of shots and every seed. */
export interface AblationFile {
  /** The method of variants that name none. */
  readonly method: string;
  /** Where the configuration of all runs starts from; by default the method's first. */
  readonly preset?: string | undefined;
  /** Configuration keys of all runs. Variants of another method take those that it has. */
  readonly overrides: Plain;
  /** The fraction to hold out for validation. */
  readonly validation: number;
  /** Whether to show slow classical methods beside the quick ones, which takes minutes. */
  readonly baselines: boolean;
  /** The columns of the tables for each number of shots, in this order. */
  readonly metrics: readonly TableMetric[];
  readonly data: readonly AblationData[];
  readonly variants: readonly AblationVariant[];
  readonly seeds: readonly number[];
  /** Figures from elsewhere, in columns of their own. */
  readonly published: readonly Published[];
}

// The messages say what is allowed; `parseAblation` puts the key and the value in front.

const list = <T extends z.ZodType>(item: T, of: string): z.ZodArray<T> =>
  z.array(item, { error: `a list of ${of}` }).min(1, { error: `a list of at least one of ${of}` });
// Names become folders.
const nameError = "a name of letters, digits and . _ + -, starting with a letter or digit";
const name = z.string({ error: nameError }).regex(/^[A-Za-z0-9][\w.+-]*$/, { error: nameError });
const values = z.record(z.string(), z.unknown(), { error: "a record of configuration keys and values" });
const file = z.string({ error: "a file, such as stack.tif or stack.tif#0-9" });
const files = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  list(file, "files, such as stack.tif or stack.tif#0-9"),
);
const clean = z.preprocess(
  (value) => (typeof value === "string" && value !== "average" ? [value] : value),
  z.union([z.literal("average"), list(file, "files")], { error: "average or a list of files" }),
);
const imagesShape = { noisy: files, clean: clean.default("average") };
const trainShape = { ...imagesShape, second: files.optional() };
const testShape = {
  ...imagesShape,
  regions: z
    .array(z.enum(regionNames, { error: regionNames.join(", ") }), { error: "a list of regions" })
    .default([]),
};
const shotsError = "all or a whole number of at least 1";
const shots = z.union([z.literal("all"), z.int({ error: shotsError }).min(1, { error: shotsError })], {
  error: shotsError,
});
const shotsList = list(shots, shotsError);
const planesError = "zero-based indices or ranges, such as 3, 0-9 or 1,4,7";
const seed = z
  .int({ error: "a whole number of at least 0" })
  .min(0, { error: "a whole number of at least 0" });

const planes = z.union([z.int().min(0), z.string()], { error: planesError }).transform((value, context) => {
  const ranges = parseRanges(String(value));
  if (ranges) return ranges;
  context.addIssue({ code: "custom", message: planesError });
  return z.NEVER;
});

const peakError = "range or a grey value above 0";

const dataShape = {
  name,
  train: record(trainShape),
  test: record(testShape),
  noise: z.string({ error: "a file of a measured noise model" }).optional(),
  peak: z
    .union([z.literal("range"), z.number({ error: peakError }).positive({ error: peakError })], {
      error: peakError,
    })
    .default("range"),
  overrides: values.default({}),
  shots: shotsList.optional(),
  channel: z
    .union([z.string(), z.int().min(0)], { error: "the name of a channel or its zero-based index" })
    .optional(),
  z: planes.optional(),
  t: planes.optional(),
  captures: z
    .array(z.enum(planeAxes, { error: planeAxes.join(", ") }), { error: "a list of axes" })
    .optional(),
};
const methodName = z.string({ error: "the name of a method" });
const presetName = z.string({ error: "the name of a preset" });
const variantShape = {
  name,
  method: methodName.optional(),
  preset: presetName.optional(),
  overrides: values.default({}),
  data: list(z.string({ error: "the name of a data set" }), "names of data sets").optional(),
};
const text = z.string({ error: "a text" });
const byRow = "a record of rows, each a record of data sets and their PSNR";
const publishedShape = {
  source: text,
  psnr: z.record(
    z.string(),
    z.record(z.string(), z.number({ error: "a PSNR in dB" }), {
      error: "a record of data sets and their PSNR",
    }),
    { error: byRow },
  ),
  notes: z.array(text, { error: "a list of sentences" }).default([]),
};
const fileShape = {
  method: methodName.default(firstMethod.replace(/@.*$/, "")),
  preset: presetName.optional(),
  overrides: values.default({}),
  validation: z
    .number({ error: "a fraction from 0 to below 1" })
    .min(0, { error: "a fraction from 0 to below 1" })
    .lt(1, { error: "a fraction from 0 to below 1" })
    .default(0.1),
  baselines: z.boolean({ error: "true, false" }).default(true),
  metrics: list(
    z.enum(tableMetrics, { error: tableMetrics.join(", ") }),
    `metrics (${tableMetrics.join(", ")})`,
  ).default(["psnr", "ssim", "nrmse"]),
  data: list(record(dataShape), "data sets"),
  variants: list(record(variantShape), "variants"),
  shots: shotsList.default(["all"]),
  seeds: list(seed, "whole numbers of at least 0").default([0]),
  published: z.array(record(publishedShape), { error: "a list of published figures" }).default([]),
};

const schema = record(fileShape).superRefine((ablation, context) => {
  const twice = (list: readonly unknown[]): number => list.findIndex((item, i) => list.indexOf(item) < i);
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  for (const key of ["data", "variants"] as const) {
    const again = twice(ablation[key].map((entry) => entry.name.toLowerCase()));
    if (again >= 0) refuse([key, again, "name"], "a name that no other has");
  }
  const lists: [(string | number)[], readonly unknown[]][] = [
    [["seeds"], ablation.seeds],
    [["metrics"], ablation.metrics],
    [["shots"], ablation.shots],
    ...ablation.data.map(({ shots: own = [] }, i): [(string | number)[], readonly unknown[]] => [
      ["data", i, "shots"],
      own,
    ]),
  ];
  for (const [path, values] of lists) {
    const again = twice(values);
    if (again >= 0) refuse([...path, again], "each value once");
  }
  const records = [
    { path: [], values: ablation.overrides },
    ...ablation.data.map(({ overrides }, i) => ({ path: ["data", i], values: overrides })),
    ...ablation.variants.map(({ overrides }, i) => ({ path: ["variants", i], values: overrides })),
  ];
  for (const { path, values } of records) {
    if (Object.hasOwn(values, "preset")) {
      refuse([...path, "overrides", "preset"], "nothing here, as preset stands beside overrides");
    }
    if (Object.hasOwn(values, "method")) {
      refuse([...path, "overrides", "method"], "nothing here, as method stands beside overrides");
    }
    if (Object.hasOwn(values, "shots")) {
      const place = path[0] === "variants" ? "is set for the whole grid" : "stands beside overrides";
      refuse([...path, "overrides", "shots"], `nothing here, as shots ${place}`);
    }
  }
  const sets = ablation.data.map(({ name: known }) => known);
  const allowed = `a data set of this file (${sets.join(", ")})`;
  for (const [i, { data = [] }] of ablation.variants.entries()) {
    for (const [j, known] of data.entries()) {
      if (!sets.includes(known)) refuse(["variants", i, "data", j], allowed);
    }
  }
  for (const [i, { psnr }] of ablation.published.entries()) {
    for (const [row, figures] of Object.entries(psnr)) {
      for (const known of Object.keys(figures)) {
        if (!sets.includes(known)) refuse(["published", i, "psnr", row, known], `${allowed} as a key`);
      }
    }
  }
  for (const [i, { test }] of ablation.data.entries()) {
    const overlap = overlappingRegions(test.regions);
    if (overlap) {
      refuse(
        ["data", i, "test", "regions"],
        `regions without common pixels, unlike ${overlap.join(" and ")}`,
      );
    }
  }
});

/** The keys of the record at a path, list positions left out. */
const allowedKeys: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(fileShape),
  data: Object.keys(dataShape),
  "data.train": Object.keys(trainShape),
  "data.test": Object.keys(testShape),
  variants: Object.keys(variantShape),
  published: Object.keys(publishedShape),
};

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    "",
  );

function valueText(root: unknown, path: readonly PropertyKey[]): string {
  const value = memberAt(root, path);
  return value === undefined ? "missing" : JSON.stringify(value);
}

/**
 * The ablation in a YAML file. `fileName` is what messages call the file. Throws an `InputError` that names each unknown key or bad value, its place and
 * what is allowed. Configuration keys under `overrides` are checked by `ablationGrid`.
 */
export function parseAblation(text: string, fileName: string): AblationFile {
  const { values: given } = parseConfigurationYaml(text, fileName);
  const result = schema.safeParse(given);
  if (!result.success) {
    const sentences = result.error.issues.flatMap((issue) => {
      if (issue.code !== "unrecognized_keys") {
        return [`${pathText(issue.path)} is ${valueText(given, issue.path)}; allowed: ${issue.message}`];
      }
      const group = issue.path.filter((key) => typeof key === "string").join(".");
      const allowed = (allowedKeys[group] ?? []).join(", ");
      return issue.keys.map((key) => `${pathText([...issue.path, key])} is not a key; allowed: ${allowed}`);
    });
    throw new InputError(`${fileName}: ${sentences.join("; ")}`);
  }
  const { shots: common, data, ...ablation } = result.data;
  return {
    ...ablation,
    data: data.map(({ shots: own = common, ...set }) => ({
      ...set,
      shots: own.map((number) => (number === "all" ? 0 : number)),
    })),
  };
}
