import {
  cutPlane,
  estimateSharedNoise,
  evenlySpread,
  isBlank,
  type LazyPage,
  type NoiseModel,
  type Plane,
  type Rectangle,
} from "@clidim/imaging";
import type { FileHash } from "@clidim/imaging/node";
import type { Channel } from "../data/axisSelection.js";
import type { Model } from "../model/modelFile.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod, ComparedPart, SharedNoise } from "../protocol/method.js";
import { laterAddedNoiseErrors } from "./addedNoise.js";
import { ROUNDS } from "./chooseClassical.js";
import { denoisePage } from "./denoisePage.js";
import type { DenoiseHooks } from "./fileDenoiser.js";
import { foretoldErrors } from "./hiddenPixels.js";
import { letThrough } from "./interruptible.js";
import { modelDenoiser } from "./modelDenoiser.js";
import { exceeds, meanOf } from "./pairedErrors.js";
import type { PlannedFile } from "./planFiles.js";
import { wholePart } from "./sampledPages.js";
import { tellingRectangles } from "./tellingRectangles.js";
import { withoutHotPixels } from "./withoutHotPixels.js";

/** A model that was trained on parts of the files at hand, to be compared with the methods that need no training. */
export interface Contender {
  readonly model: Model;
  /** For the record of results. */
  readonly file: FileHash;
  /** "CARE, trained on these images (1210 updates, 200 s)". */
  readonly words: string;
  readonly updates: number;
  /** The part of a page that it was not trained on. */
  held(page: { readonly width: number; readonly height: number }): Rectangle;
  /** Where neighbours share noise. */
  readonly along?: SharedNoise;
}

/** What there is to be compared. */
export interface Contenders {
  /** That of a channel, by its key (`channelKey`); or, in a sentence that goes on after "nothing was trained, as", why there is none. */
  of(channel: string): Contender | string;
}

/** What contenders are known by: the name of a channel, with its index where several have it, or the index. */
export const channelKey = ({ name, index, repeated }: Channel): string =>
  name === undefined ? String(index) : repeated ? `${name} ${index}` : name;

/** What classical methods take, in seconds, by the first file that something is to be seen in. */
export interface ClassicalCosts {
  /** To choose one of them for a file. */
  readonly choosing: number;
  /** The chosen one on all pages of all files, in as many threads as it is done in. */
  readonly denoising: number;
}

/** Makes models on the files about to be denoised. The costs are measured when they are asked for; undefined where no file can be denoised. */
export type ContenderSource = (
  files: readonly PlannedFile[],
  costs: () => Promise<ClassicalCosts | undefined>,
  hooks: DenoiseHooks,
) => Promise<Contenders>;

/** A classical method with the parameters that it denoises a file with. */
export interface ChosenClassical {
  readonly method: ClassicalMethod;
  readonly parameters: Plain;
  readonly noise: NoiseModel | undefined;
}

/** Mean squared differences, in grey values, at hidden pixels of parts that the contender was not trained on. */
export interface Comparison {
  readonly learnt: number;
  readonly classical: number;
  /** Whether the contender is better beyond chance. */
  readonly better: boolean;
}

/** At most so many pages are looked at, evenly spread, and of each what shows something of that which is held out (`tellingRectangles`), of all together about so many pixels; of each at least as many as a square has of which a side is that of the strip. */
const PAGES = 4;
const PIXELS = 2 ** 15;

/**
 * A contender and the best classical method on the same hidden pixels of noisy pages of a file: the J-invariant loss of `chooseClassical`, of parts that the contender was not trained on. Sets of pixels are hidden one after the other until
 * one of both is worse beyond chance. Pages that are blank there are left out; undefined where all are, or where parts are below `smallest` pixels of the method or 16.
 */
export async function compareContender(
  { model, held, along }: Contender,
  { method, parameters, noise }: ChosenClassical,
  pages: readonly LazyPage[],
  signal: AbortSignal | undefined,
): Promise<Comparison | undefined> {
  const smallest = Math.max(16, method.smallest);
  const parts: ComparedPart[] = [];
  const count = Math.min(PAGES, pages.length);
  for (const position of evenlySpread(count, pages.length)) {
    const page = pages[position]!;
    const strip = await page.read(held(page));
    if (isBlank(strip)) continue;
    const own = estimateSharedNoise(strip, noise);
    const whole = wholePart(strip, smallest);
    const narrow = Math.min(whole.width, whole.height);
    const side = Math.max(narrow, Math.floor(PIXELS / count / narrow));
    for (const rectangle of tellingRectangles(withoutHotPixels(whole), side)) {
      if (Math.min(rectangle.width, rectangle.height) < smallest) continue;
      const part = cutPlane(whole, rectangle);
      parts.push({ part, noise: own, ...(along && { along }) });
    }
  }
  if (parts.length === 0) return undefined;
  const denoise = modelDenoiser(model, { ensemble: false });
  const network = (page: Plane): Promise<Plane> =>
    denoisePage(denoise, page, model.normalization, model.configuration);
  const [learnt, classical]: [number[], number[]] = [[], []];
  for (let set = 0; set < ROUNDS; set++) {
    for (const compared of parts) {
      const { part: seen } = compared;
      await letThrough(signal);
      for (const error of method.contest!.hiddenErrors(compared, set, parameters)) classical.push(error ** 2);
      await letThrough(signal);
      const hiding = { seen, part: withoutHotPixels(seen), along };
      const errors = compared.noise.correlation
        ? await laterAddedNoiseErrors(hiding, compared.noise, set, network)
        : await foretoldErrors(hiding, network, set);
      for (const error of errors) learnt.push(error ** 2);
    }
    if (exceeds(learnt, classical) || exceeds(classical, learnt)) break;
  }
  return { learnt: meanOf(learnt), classical: meanOf(classical), better: exceeds(classical, learnt) };
}
