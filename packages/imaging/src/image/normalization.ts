import type { Plane } from "./image.js";
import { InputError } from "./inputError.js";
import type { LazyPage } from "./lazyPage.js";
import { percentiles, streamedPercentiles } from "./percentile.js";

/**
 * An affine map from grey values to the network's range, plain data so that it is stored with the model.
 * `low` and `high` (grey values) go to `centre - bound` and `centre + bound`; nothing is clipped.
 */
export interface Normalization {
  readonly mode: "percentile" | "minmax" | "standard";
  readonly low: number;
  readonly high: number;
  /** The percentages that `low` and `high` are percentiles of; 0 and 100 for "minmax". */
  readonly lowPercent: number;
  readonly highPercent: number;
  readonly bound: number;
  /** 0 where it is not given. */
  readonly centre?: number;
}

/** Which grey values go where: percentages `low` and `high` to -bound and +bound, or all of them to -1 and +1. */
export type FitNormalizationOptions =
  | { readonly mode?: "percentile"; readonly low?: number; readonly high?: number; readonly bound?: number }
  | { readonly mode: "minmax" | "standard" };

/**
 * Fits the map to pages (all of them together).
 * - "percentile" (default): percentiles 0.1 and 99.9 to -0.8 and +0.8, which leaves room below tanh's bound for peaks.
 * - "minmax": minimum and maximum to -1 and +1, as in the released training code.
 * - "standard": mean to 0 and standard deviation to 1; `low` and `high` are percentiles 0.1 and 99.9, and go where that takes them.
 *
 * Pages whose two values coincide are an `InputError`: there is nothing to scale by.
 */
export function fitNormalization(
  pages: readonly Pick<Plane, "data">[],
  options: FitNormalizationOptions = {},
): Normalization {
  const wanted = fitTo(options);
  const [low, high] = percentiles(pages, [wanted.lowPercent, wanted.highPercent]) as [number, number]; // one value per percentage
  const moments = new Moments(low);
  if (wanted.mode === "standard") for (const { data } of pages) moments.add(data);
  return fitted(wanted, low, high, moments);
}

/** `fitNormalization` to pages that are read one after the other, none held. */
export async function streamedNormalization(
  pages: readonly Pick<LazyPage, "read">[],
  options: FitNormalizationOptions = {},
): Promise<Normalization> {
  const wanted = fitTo(options);
  const values = await streamedPercentiles(pages, [wanted.lowPercent, wanted.highPercent]);
  const [low, high] = values as [number, number]; // as above
  const moments = new Moments(low);
  if (wanted.mode === "standard") for (const page of pages) moments.add((await page.read()).data);
  return fitted(wanted, low, high, moments);
}

type Wanted = Omit<Normalization, "low" | "high" | "centre">;

function fitTo(options: FitNormalizationOptions): Wanted {
  switch (options.mode) {
    case "minmax":
      return { mode: "minmax", lowPercent: 0, highPercent: 100, bound: 1 };
    case "standard":
      return { mode: "standard", lowPercent: 0.1, highPercent: 99.9, bound: 1 };
    case "percentile":
    case undefined: {
      const { low = 0.1, high = 99.9, bound = 0.8 } = options;
      return { mode: "percentile", lowPercent: low, highPercent: high, bound };
    }
    default:
      return options satisfies never;
  }
}

function fitted(wanted: Wanted, low: number, high: number, moments: Moments): Normalization {
  const { mode, lowPercent, highPercent, bound } = wanted;
  if (!(high > low)) {
    throw new InputError(
      `fitNormalization: expected images with contrast, but percentiles ${lowPercent} and ${highPercent} are both ${low}; ` +
        "the images are (nearly) constant",
    );
  }
  const map = { mode, low, high, lowPercent, highPercent };
  if (mode !== "standard") return { ...map, bound };
  const { mean, deviation } = moments;
  return {
    ...map,
    bound: (high - low) / 2 / deviation,
    centre: ((high + low) / 2 - mean) / deviation,
  };
}

/** Mean and standard deviation (the population's) of pixels that come page by page. */
class Moments {
  /** Subtracted from every value, so that squares of large grey values do not swallow the differences. */
  readonly #shift: number;
  #count = 0;
  #sum = 0;
  #squares = 0;

  constructor(shift: number) {
    this.#shift = shift;
  }

  add(data: ArrayLike<number>): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i]! - this.#shift;
      this.#sum += value;
      this.#squares += value * value;
    }
    this.#count += data.length;
  }

  get mean(): number {
    return this.#shift + this.#sum / this.#count;
  }

  get deviation(): number {
    return Math.sqrt(this.#squares / this.#count - (this.#sum / this.#count) ** 2);
  }
}

/** `x -> scale x + offset`. */
export interface Affine {
  readonly scale: number;
  readonly offset: number;
}

/** The map of a normalisation: grey values to network values. */
export function affineOf({ low, high, bound, centre = 0 }: Normalization): Affine {
  const scale = (2 * bound) / (high - low);
  return { scale, offset: -bound - low * scale + centre };
}

/** Grey values to network values, into a new array. */
export function normalize(data: ArrayLike<number>, normalization: Normalization): Float32Array {
  const { scale, offset } = affineOf(normalization);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = data[i]! * scale + offset;
  return out;
}

/** Network values to grey values, into a new array; the inverse of `normalize`. */
export function denormalize(data: ArrayLike<number>, normalization: Normalization): Float32Array {
  const { scale, offset } = affineOf(normalization);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (data[i]! - offset) / scale;
  return out;
}

/** How an image's grey values compare with those a model was trained on. */
export interface IntensityCheck {
  /** The image's own values at the model's percentages. */
  readonly low: number;
  readonly high: number;
  /** Whether they lie outside what the model saw. */
  readonly outside: boolean;
  /** Whether they lie so far outside that the image has other units, and what the model makes of it means nothing. */
  readonly meaningless: boolean;
  /** One sentence with the figures; empty when inside. */
  readonly message: string;
}

/**
 * Compares an image's percentiles with the model's. It is outside when its range sticks out of the training range by
 * more than a quarter of that range on either side, or covers less than a quarter of it. It is meaningless when its range lies more than the width of the model's away from that, when the image's is more than
 * twelve times as large, or when it is less than a 64th: the network's own errors are then larger than what is in the image. From a twelfth on the message says so.
 */
export function checkIntensities(
  pages: readonly Pick<Plane, "data">[],
  model: Normalization,
  name: string,
): IntensityCheck {
  const [low, high] = percentiles(pages, [model.lowPercent, model.highPercent]) as [number, number]; // one value per percentage
  return comparedWith(model, low, high, name);
}

/** `checkIntensities` of pages that are read one after the other, none held. */
export async function streamedIntensityCheck(
  pages: readonly Pick<LazyPage, "read">[],
  model: Normalization,
  name: string,
): Promise<IntensityCheck> {
  const values = await streamedPercentiles(pages, [model.lowPercent, model.highPercent]);
  const [low, high] = values as [number, number]; // as above
  return comparedWith(model, low, high, name);
}

/** Times the model's range. */
const LARGEST_RANGE = 12;
const SMALL_RANGE = 1 / 12;
const SMALLEST_RANGE = 1 / 64;

function isMeaningless(model: Normalization, low: number, high: number): boolean {
  const span = model.high - model.low;
  if (low > model.high + span || high < model.low - span) return true;
  const ratio = (high - low) / span;
  return ratio > LARGEST_RANGE || ratio < SMALLEST_RANGE;
}

function comparedWith(model: Normalization, low: number, high: number, name: string): IntensityCheck {
  const span = model.high - model.low;
  const reason =
    high > model.high + span / 4
      ? "brighter than"
      : low < model.low - span / 4
        ? "darker than"
        : high - low < span / 4
          ? "much weaker in contrast than"
          : undefined;
  if (!reason) return { low, high, outside: false, meaningless: false, message: "" };
  const ratio = (high - low) / span;
  const meaningless = isMeaningless(model, low, high);
  const message =
    `${name} is ${reason} what the model saw in training: percentiles ${model.lowPercent} to ${model.highPercent} are ` +
    `${figure(low)} to ${figure(high)}, in training ${figure(model.low)} to ${figure(model.high)}` +
    (ratio < SMALL_RANGE && !meaningless
      ? `; the network's errors are in proportion to the training's range, of which this is ${figure(100 * ratio)} %, so that the result may be worse than the image itself`
      : "");
  return { low, high, outside: true, meaningless, message };
}

/** Four digits, or all of those before the point: ranges far from 0 would else be rounded into one another. */
function figure(value: number): string {
  return (Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))).toString();
}
