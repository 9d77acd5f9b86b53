import { z } from "zod";
import { InputError } from "../image/inputError.js";
import { presets } from "./presets.js";

/** How grey values become network values, from -1 to 1; the options of `fitNormalization`. */
export type NormalizationChoice =
  /** Percentiles `low` and `high` of the noisy training data go to -bound and +bound; nothing is clipped. */
  | { readonly mode: "percentile"; readonly low: number; readonly high: number; readonly bound: number }
  /** Minimum and maximum go to -1 and +1: those of the training data, or anew in each batch, noisy and clean together. */
  | { readonly mode: "minmax"; readonly scope: "data" | "batch" };

/** Everything that decides what a training run computes, apart from its data and its seed. Plain data. */
export type Configuration = {
  /** The preset that the other values were taken from. */
  readonly preset: PresetName;
  /** Halvings of the image in the U-Net; image sides are padded to multiples of 2^downs. */
  readonly downs: number;
  /** Channels of the generator's outermost block; they double inwards up to 8 ngf. */
  readonly ngf: number;
  /** Channels of the discriminator's first layer. */
  readonly ndf: number;
  /** Probability that dropout sets an element to zero, in training. */
  readonly dropout: number;
  /** Side of the square training crops, in pixels. */
  readonly crop: number;
  /** Crops per update. */
  readonly batch: number;
  /** Length of the training, in updates of both networks. */
  readonly updates: number;
  /** The part of the updates with a constant learning rate; it then falls linearly towards 0. */
  readonly constantRate: number;
  readonly learningRate: number;
  /** Adam's decay rates. */
  readonly beta1: number;
  readonly beta2: number;
  /** Factors of the terms of the generator's loss. With `gan` 0 there is no discriminator step either. */
  readonly weights: {
    readonly gan: number;
    readonly l1: number;
    readonly ssim: number;
    readonly tv: number;
  };
  /** Side of the SSIM window, in pixels. */
  readonly ssimWindow: number;
  /** "sum": over an image, as released; "mean": divided by its pixels, so that the crop does not change the regularisation. */
  readonly tvReduction: "sum" | "mean";
  readonly contrastive: { readonly mode: "off" };
  readonly normalization: NormalizationChoice;
  /** What a user of this preset should know, in sentences. */
  readonly notes: readonly string[];
};

export const presetNames = ["laptop", "as-printed", "as-released", "recommended"] as const;
export type PresetName = (typeof presetNames)[number];

// The messages say what is allowed; `resolveConfiguration` puts the key and the value in front.

function whole(low: number, high: number): z.ZodType<number> {
  const error = `a whole number from ${low} to ${high}`;
  return z.number({ error }).int({ error }).min(low, { error }).max(high, { error });
}

function real(low: number, high: number): z.ZodType<number> {
  const error = `a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
}

const record = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> =>
  z.strictObject(shape, { error: ({ code }) => (code === "invalid_type" ? "a record" : undefined) });

function oneOf<const T extends readonly string[]>(names: T): z.ZodType<T[number]> {
  return z.enum(names, { error: names.join(", ") });
}

/** The discriminator's five 4 x 4 kernels, three of them halving, leave nothing of a smaller patch. */
const smallestCrop = 32;

/** The schema of a whole configuration. */
export const Configuration: z.ZodType<Configuration> = z
  .strictObject({
    preset: oneOf(presetNames),
    downs: whole(2, 10),
    ngf: whole(1, 512),
    ndf: whole(1, 512),
    dropout: real(0, 0.99),
    crop: whole(smallestCrop, 4096),
    batch: whole(1, 4096),
    updates: whole(1, 16_000_000),
    constantRate: real(0, 1),
    learningRate: real(1e-9, 1),
    beta1: real(0, 0.99999),
    beta2: real(0, 0.999999),
    weights: record({ gan: real(0, 1e6), l1: real(0, 1e6), ssim: real(0, 1e6), tv: real(0, 1e6) }),
    ssimWindow: z.literal([3, 5, 7, 9, 11, 13, 15], { error: "an odd number from 3 to 15" }),
    tvReduction: oneOf(["sum", "mean"]),
    contrastive: record({ mode: oneOf(["off"]) }),
    normalization: z.discriminatedUnion(
      "mode",
      [
        record({ mode: z.literal("percentile"), low: real(0, 49), high: real(51, 100), bound: real(0.1, 1) }),
        record({ mode: z.literal("minmax"), scope: oneOf(["data", "batch"]) }),
      ],
      { error: "a record with the mode percentile or minmax" },
    ),
    notes: z.array(z.string({ error: "a sentence" }), { error: "a list of sentences" }),
  })
  .superRefine(({ downs, crop, weights }, context) => {
    const multiple = 2 ** downs;
    if (crop % multiple !== 0) {
      const message = `a multiple of 2^downs = ${multiple}, such as ${Math.ceil(crop / multiple) * multiple}`;
      context.addIssue({ code: "custom", path: ["crop"], message });
    }
    if (Object.values(weights).every((weight) => weight === 0)) {
      context.addIssue({ code: "custom", path: ["weights"], message: "at least one weight above 0" });
    }
  });

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `changes` over `base`, record by record. A record of another `mode` replaces the base's altogether. */
function merge(base: Plain, changes: Plain): Plain {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const old = base[key];
    const together = isPlain(old) && isPlain(value) && (value.mode === undefined || value.mode === old.mode);
    merged[key] = together ? merge(old, value) : value;
  }
  return merged;
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (isPlain(value) ? value[String(key)] : undefined), root);

const show = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value));

/** One sentence per problem: the key, its value and what is allowed. */
function explain(given: Plain, known: Plain, { issues }: z.ZodError): string {
  const sentences = issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const siblings = valueAt(known, issue.path);
      const names = issue.keys.map((key) => [...path, key].join("."));
      const allowed = isPlain(siblings) ? Object.keys(siblings).join(", ") : "no keys";
      return `${names.join(", ")} is not a key; allowed: ${allowed}`;
    }
    return `${path.join(".")} is ${show(valueAt(given, issue.path))}; allowed: ${issue.message}`;
  });
  return `configuration: ${sentences.join("; ")}`;
}

/** Checks a whole configuration, as read from a file. Throws an `InputError` that names each bad key, its value and what is allowed. */
export function parseConfiguration(value: unknown): Configuration {
  const given = isPlain(value) ? value : {};
  const result = Configuration.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(explain(given, presets.recommended, result.error));
}

/**
 * A preset with some of its values changed: `resolveConfiguration("laptop", { updates: 750, weights: { gan: 0 } })`. Members that are
 * undefined change nothing. Throws an `InputError` that names each unknown key or bad value and what is allowed.
 */
export function resolveConfiguration(preset: string, overrides: Plain = {}): Configuration {
  const name = presetNames.find((known) => known === preset);
  if (!name) {
    throw new InputError(`configuration: preset is ${show(preset)}; allowed: ${presetNames.join(", ")}`);
  }
  const merged = merge(presets[name], overrides);
  const result = Configuration.safeParse(merged);
  if (result.success) return result.data;
  throw new InputError(explain(merged, presets[name], result.error));
}
