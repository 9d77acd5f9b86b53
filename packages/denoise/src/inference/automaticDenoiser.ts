import { InputError, type NoiseMeasurement, pageInMemory, sizeText } from "@clidim/imaging";
import { imagesAgainstNoise } from "../data/imagesAgainstNoise.js";
import { methodId } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { chooseClassical, type Ranking } from "./chooseClassical.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import type { FilesDenoiser } from "./fileDenoiser.js";
import { interruptible } from "./interruptible.js";
import { LARGEST_WHOLE_PAGE } from "./pageBands.js";
import { AUTOMATIC, type DenoiserRecord } from "./resultRecord.js";
import { calibrationPages, sampledPages } from "./sampledPages.js";

/** What methods are chosen by has noise that is estimated on pages of so many pixels or more. */
const SMALLEST = 16;

export interface AutomaticOptions {
  readonly noise?: NoiseMeasurement | undefined;
  /** What the record of a result says of the noise. */
  readonly given?: DenoiserRecord["options"] | undefined;
  /** Pages of more pixels are for methods that go through them by bands. Default 2^25. */
  readonly largestPage?: number | undefined;
}

/**
 * Files by the classical method that suits each best as far as the noisy file tells (`chooseClassical`), as that method denoises it by itself. Measured noise is taken by
 * those that look at it.
 */
export function automaticDenoiser(
  { classical }: MethodRegistry,
  { noise, given = {}, largestPage = LARGEST_WHOLE_PAGE }: AutomaticOptions = {},
): FilesDenoiser {
  const methods = classical.filter(({ contest }) => contest);
  if (methods.length === 0) throw new Error("automaticDenoiser: expected methods with a contest, got none");
  return {
    passes: 1,
    start: async () => async (input, hooks, normalization) => {
      const { signal, onPhase, onWarning } = hooks;
      const side = Math.min(input.width, input.height);
      const large = input.width * input.height > largestPage;
      const fitting = methods.filter(({ smallest, reach }) => smallest <= side && (reach || !large));
      if (fitting.length === 0 || side < SMALLEST) {
        throw new InputError(
          `${input.name} is ${sizeText(input)} pixels; to choose a method, at least ${SMALLEST} x ${SMALLEST} are needed; name one`,
          { keys: ["method"] },
        );
      }
      const sample = await sampledPages(input, signal);
      onPhase?.(`${input.name}: choosing a method`);
      const smallest = Math.max(SMALLEST, ...fitting.map((method) => method.smallest));
      const pages = await calibrationPages(sample, smallest);
      const ranking = (await interruptible(chooseClassical(fitting, pages, noise), signal))!; // there are methods
      const { method } = ranking[0];
      // A method that takes the noise checks it itself.
      if (noise && !method.takesNoise) {
        const images = pages.slice(0, 1).map((page) => ({ name: input.name, page: pageInMemory(page) }));
        for (const sentence of await imagesAgainstNoise(noise, images)) onWarning?.(sentence, input.name);
      }
      const start = await classicalDenoiser(method, method.takesNoise && noise).start();
      const denoiser = await start(input, hooks, normalization);
      const { sentence, ...calibrated } = denoiser.calibrated!; // as of every classical method
      return {
        ...denoiser,
        calibrated: {
          ...calibrated,
          sentence: `${sentence}; ${reasonOf(ranking)}`,
          compared: ranking.map(({ method: one, loss }) => ({ method: methodId(one), loss })),
        },
        record: { methods: [methodId(method)], models: [], options: { ...AUTOMATIC, ...given } },
      };
    },
  };
}

/** Why the first was taken. */
function reasonOf([{ loss }, next, ...rest]: Ranking): string {
  if (!next) return "the method was taken automatically, as the only one for pages of this size";
  const more = 100 * (next.loss / loss - 1);
  const than = `${more < 0.1 ? "hardly" : `${more.toFixed(1)} %`} more`;
  return `the method was taken automatically, since of ${rest.length + 2} it foretells hidden pixels best (the next is ${next.method.title}, with ${than} squared error)`;
}
