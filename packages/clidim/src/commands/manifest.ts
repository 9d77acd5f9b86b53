import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseConfiguration } from "../config/configuration.js";
import { atomicWrite } from "../files/atomicWrite.js";
import { fileError } from "../files/fileError.js";
import { InputError } from "../image/inputError.js";

const dataFile = z.object({
  /** As given: the path, with the page range. */
  name: z.string(),
  bytes: z.number(),
  /** Of the whole file, hexadecimal. */
  sha256: z.string(),
});

/** One of the files that a run was trained with. */
export type DataFile = z.infer<typeof dataFile>;

/** PSNR (dB) and SSIM on the validation crops after some update. */
const figures = z.object({ update: z.number(), psnr: z.number(), ssim: z.number() });

const schema = z.object({
  format: z.literal("clidim-training"),
  formatVersion: z.literal(1),
  /** "failed": stopped by an error, such as a loss that is no number; the checkpoint is the last good one. */
  status: z.enum(["running", "interrupted", "completed", "failed"]),
  versions: z.object({ clidim: z.string(), node: z.string(), platform: z.string() }),
  adapter: z.object({
    name: z.string(),
    kind: z.enum(["software", "gpu"]),
    vendor: z.string(),
    architecture: z.string(),
    device: z.string(),
    description: z.string(),
  }),
  configuration: z.unknown(),
  seed: z.number(),
  data: z.object({
    noisy: z.array(dataFile),
    clean: z.union([z.literal("average"), z.array(dataFile)]),
    /** Fraction asked for. */
    validation: z.number(),
    split: z.object({
      kind: z.enum(["scenes", "pages", "captures", "none"]),
      training: z.array(z.object({ name: z.string(), pages: z.number() })),
      validation: z.array(z.string()),
    }),
  }),
  normalization: z.object({
    mode: z.enum(["percentile", "minmax"]),
    low: z.number(),
    high: z.number(),
    lowPercent: z.number(),
    highPercent: z.number(),
    bound: z.number(),
  }),
  updates: z.object({ done: z.number(), total: z.number() }),
  timings: z.object({
    /** ISO 8601. */
    started: z.string(),
    changed: z.string(),
    /** Training time over all sessions. */
    seconds: z.number(),
    /** Of the last session, without the compilation. */
    updatesPerSecond: z.number().nullable(),
    sessions: z.number(),
  }),
  /** On the validation crops; null where nothing is held out. */
  validation: z
    .object({
      noisy: z.object({ psnr: z.number(), ssim: z.number() }),
      /** Null until there are some. */
      best: figures.nullable(),
      last: figures.nullable(),
    })
    .nullable(),
});

/** manifest.json: what a run was made from, where, and how far it is. */
export type Manifest = z.infer<typeof schema>;

export async function readManifest(path: string): Promise<Manifest> {
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
    const issue = result.error.issues[0];
    throw new InputError(
      `${path} is not the manifest of a training run (${issue?.path.join(".") || "its root"}: ${issue?.message})`,
    );
  }
  parseConfiguration(result.data.configuration);
  return result.data;
}

export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Refuses to go on with a run on other data, with another configuration or seed; says what differs. */
export function checkSameRun(path: string, before: Manifest, now: Manifest): void {
  const differences = [
    ...recordDifferences("", before.configuration, now.configuration),
    ...(before.seed === now.seed ? [] : [`seed was ${before.seed}, is ${now.seed}`]),
    ...(before.data.validation === now.data.validation
      ? []
      : [`validation was ${before.data.validation}, is ${now.data.validation}`]),
    ...fileDifferences("noisy", before.data.noisy, now.data.noisy),
    ...cleanDifferences(before.data.clean, now.data.clean),
  ];
  if (differences.length > 0) {
    throw new InputError(
      `${path}: --resume goes on with the same data and configuration, but ${differences.join("; ")}; ` +
        "give the same options as before, or another --out",
    );
  }
}

function recordDifferences(path: string, before: unknown, now: unknown): string[] {
  if (typeof before === "object" && before !== null && typeof now === "object" && now !== null) {
    const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(now))];
    return [...new Set([...a.keys(), ...b.keys()])]
      .filter((key) => path !== "" || key !== "notes")
      .flatMap((key) => recordDifferences(path === "" ? key : `${path}.${key}`, a.get(key), b.get(key)));
  }
  return before === now ? [] : [`${path} was ${JSON.stringify(before)}, is ${JSON.stringify(now)}`];
}

function cleanDifferences(before: Manifest["data"]["clean"], now: Manifest["data"]["clean"]): string[] {
  if (before === "average" || now === "average") {
    return before === now ? [] : [`clean was ${cleanText(before)}, is ${cleanText(now)}`];
  }
  return fileDifferences("clean", before, now);
}

function cleanText(clean: Manifest["data"]["clean"]): string {
  return clean === "average" ? "average" : `${clean.length} files`;
}

/** Files may have moved; their contents and pages may not have changed. */
function fileDifferences(role: string, before: readonly DataFile[], now: readonly DataFile[]): string[] {
  if (before.length !== now.length) return [`there were ${before.length} ${role} files, now ${now.length}`];
  return now.flatMap((file, i) => {
    const old = before[i]!;
    if (file.sha256 !== old.sha256) return [`the contents of ${role} file ${file.name} differ from those of ${old.name}`];
    return pagesOf(file) === pagesOf(old) ? [] : [`the pages of ${file.name} differ from ${old.name}`];
  });
}

function pagesOf({ name }: DataFile): string {
  return /#\d+(-\d+)?$/.exec(name)?.[0] ?? "";
}
