import { readFile } from "node:fs/promises";
import { fileError, InputError } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { z } from "zod";
import { type StepBack, stepBackSchema } from "./stepBack.js";

/** PSNR (dB) and SSIM on crops whose clean images are known. */
export interface ImageFigures {
  readonly psnr: number;
  readonly ssim: number;
}

/** What the method itself makes of noisy crops, the lower the better; where there are no clean images. */
export interface HeldFigures {
  readonly loss: number;
}

/** Figures on the validation crops. */
export type CropFigures = ImageFigures | HeldFigures;

/** Figures on the validation crops after some update. */
export type ValidationFigures = CropFigures & { readonly update: number };

/** A PSNR in JSON, which has no infinity: that of equal images is written as null. */
export const psnrSchema: z.ZodType<number> = z
  .number()
  .nullable()
  .transform((psnr) => psnr ?? Number.POSITIVE_INFINITY);

const imageFigures = z.object({ psnr: psnrSchema, ssim: z.number().min(-1).max(1.0001) });
export const imageFiguresSchema: z.ZodType<ImageFigures> = imageFigures;

const heldFigures = z.object({ loss: z.number() });
const cropFiguresSchema: z.ZodType<CropFigures> = z.union([imageFigures, heldFigures]);

const update = { update: z.number() };
export const validationFiguresSchema: z.ZodType<ValidationFigures> = z.union([
  imageFigures.extend(update),
  heldFigures.extend(update),
]);

/** Which of two models is better, by figures of one kind: the one with the higher score. */
export const score = (figures: CropFigures): number => ("psnr" in figures ? figures.psnr : -figures.loss);

/** The first figure that is no number, in words: "the loss of the validation images is NaN". The PSNR of equal images is infinite, and as good as one can be; nothing else is. */
export function badFigure(figures: CropFigures): string | undefined {
  const bad = Object.entries(figures).find(
    ([figure, value]) => !Number.isFinite(value) && !(figure === "psnr" && value > 0),
  );
  if (!bad) return undefined;
  const [figure, value] = bad;
  return `the ${figure === "loss" ? figure : figure.toUpperCase()} of the validation images is ${value}`;
}

/** A PSNR above it, that of equal images too, is as good as it. */
const HIGHEST_PSNR = 150;

/**
 * How much worse figures are than others of their kind, in dB: the difference in PSNR; or 10 log10 of the ratio of their losses, 0 where these are not above 0; or, where the loss is minus the logarithm of a `likelihood`, which has no zero of its own, of
 * the ratio of likelihoods of a pixel.
 */
export function decibelsBelow(
  best: CropFigures,
  now: CropFigures,
  { likelihood = false }: { readonly likelihood?: boolean | undefined } = {},
): number {
  if ("psnr" in best && "psnr" in now)
    return Math.min(best.psnr, HIGHEST_PSNR) - Math.min(now.psnr, HIGHEST_PSNR);
  if ("loss" in best && "loss" in now && likelihood) return 10 * Math.LOG10E * (now.loss - best.loss);
  if ("loss" in best && "loss" in now)
    return best.loss > 0 && now.loss > 0 ? 10 * Math.log10(now.loss / best.loss) : 0;
  throw new Error("decibelsBelow: expected figures of one kind");
}

/** One line of metrics.jsonl. */
export interface MetricsLine {
  /** Updates done. */
  readonly update: number;
  /** Training time so far, over all sessions of the run. */
  readonly seconds: number;
  /** Means over the updates since the line before but skipped ones; empty where all were. */
  readonly losses: Readonly<Record<string, number>>;
  /** With precision mixed: the loss scale, and in how many updates so far any network was skipped because it was too large. */
  readonly lossScale?: { readonly scale: number; readonly skipped: number };
  /** Figures on the validation crops, at some of the lines. */
  readonly validation?: CropFigures;
  /** Where the state of these figures was given up for an earlier one. */
  readonly steppedBack?: StepBack;
  /** Where these figures lowered it: that of the updates from here on. */
  readonly learningRate?: number;
}

const encode = (lines: readonly MetricsLine[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** What is used of a line; others are kept as they are. A loss that is no number is null in JSON. */
const lineSchema = z.looseObject({
  update: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  losses: z.record(z.string(), z.number().nullable()),
  lossScale: z.object({ scale: z.number(), skipped: z.number() }).optional(),
  validation: cropFiguresSchema.optional(),
  steppedBack: stepBackSchema.optional(),
  learningRate: z.number().optional(),
});

/** The lines of a run, kept in memory and written whole, so that the file is complete at any time. */
export class MetricsLog {
  readonly #path: string;
  readonly #lines: MetricsLine[];
  /** What a resumed log was cut off, and the line of it that is kept. */
  readonly #later: readonly MetricsLine[];
  #ahead: MetricsLine | undefined;

  constructor(path: string, lines: readonly MetricsLine[] = [], later: readonly MetricsLine[] = []) {
    this.#path = path;
    this.#lines = [...lines];
    this.#later = later;
  }

  /** The log of an earlier session without what came after `update`, where its checkpoint was made. */
  static async resume(path: string, update: number): Promise<MetricsLog> {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      throw fileError("read", path, error);
    }
    const lines = text.split("\n").flatMap((line, i) => (line === "" ? [] : [parseLine(line, path, i + 1)]));
    const kinds = new Set(lines.flatMap(({ validation }) => (validation ? ["psnr" in validation] : [])));
    if (kinds.size > 1) {
      throw new InputError(`${path} is damaged: some of its validation figures are PSNRs, some are losses`);
    }
    return new MetricsLog(
      path,
      lines.filter((line) => line.update <= update),
      lines.filter((line) => line.update > update),
    );
  }

  /** All validation figures since the weights were fresh. */
  figures(): ValidationFigures[] {
    const since = this.freshSince();
    return this.#lines.flatMap(({ update, validation }) =>
      validation && (since === 0 || update > since) ? [{ update, ...validation }] : [],
    );
  }

  /** The update after which the training began again with fresh weights; 0 where it never did. */
  freshSince(): number {
    return this.stepsBack().findLast(({ hopeless }) => hopeless !== undefined)?.update ?? 0;
  }

  /** The validation figures after an update, where there are some. */
  figuresAt(update: number): ValidationFigures | undefined {
    return this.figures().find((figures) => figures.update === update);
  }

  /** The validation figures after an update that a resumed log was cut before, where there are some: of a model that was written when no checkpoint was made after it. Their line stays in the file until the run comes there again. */
  figuresAhead(update: number): ValidationFigures | undefined {
    const line = this.#later.find((later) => later.update === update);
    if (!line?.validation) return undefined;
    this.#ahead = line;
    return { update, ...line.validation };
  }

  /** All steps back so far. */
  stepsBack(): StepBack[] {
    return this.#lines.flatMap(({ steppedBack }) => (steppedBack ? [steppedBack] : []));
  }

  /** The best validation figures and the latest ones, null before there are any; after a step back the latest are those of the state that it led to. */
  validation(): { readonly best: ValidationFigures | null; readonly last: ValidationFigures | null } {
    const all = this.figures();
    const best = all.reduce<ValidationFigures | null>(
      (top, next) => (top && score(top) >= score(next) ? top : next),
      null,
    );
    const last = all.at(-1);
    const given = this.stepsBack().at(-1);
    const givenUp = given && last && given.update >= last.update;
    return { best, last: (givenUp ? this.figuresAt(given.to) : last) ?? null };
  }

  add(line: MetricsLine): void {
    this.#lines.push(line);
  }

  async write(): Promise<void> {
    const last = this.#lines.at(-1)?.update ?? 0;
    const ahead = this.#ahead && this.#ahead.update > last ? [this.#ahead] : [];
    await atomicWrite(this.#path, encode([...this.#lines, ...ahead]));
  }
}

function parseLine(text: string, path: string, number: number): MetricsLine {
  try {
    const line = lineSchema.safeParse(JSON.parse(text));
    // The file is this program's own; what is used of it is checked.
    if (line.success) return line.data as MetricsLine;
  } catch {} // what is no JSON
  throw new InputError(`${path} is damaged: line ${number} is not a line of training metrics`);
}
