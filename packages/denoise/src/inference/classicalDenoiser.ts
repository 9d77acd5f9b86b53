import {
  cutPlane,
  InputError,
  type LazyPage,
  type NoiseMeasurement,
  type NoiseModel,
  type Plane,
  pageInMemory,
  rowBands,
  sizeText,
} from "@clidim/imaging";
import { checkNoiseLine } from "../data/checkNoiseLine.js";
import { imagesAgainstNoise } from "../data/imagesAgainstNoise.js";
import type { NoisyPage, NoisyPlane } from "../data/noisyPlane.js";
import { noiseAroundGaps } from "../data/pageNoise.js";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import { applyInThreads, sharesOf } from "./applyInThreads.js";
import { applyPage } from "./applyPage.js";
import { BegunPages } from "./begunPages.js";
import type { DenoisedPage } from "./denoisePasses.js";
import type { FilesDenoiser } from "./fileDenoiser.js";
import { interruptible } from "./interruptible.js";
import type { MethodThreads } from "./methodThreads.js";
import { calibrationPages, sampledPages } from "./sampledPages.js";

/**
 * Files by a classical method, with parameters that are chosen on each file by itself (`fit`), on pages evenly spread over it: files of one call may come from different
 * microscopes, pages of one file do not. With threads, several pages of a method that takes long are at work at once, or parts of one. Noise that was measured takes the place of what each page tells; files that do not seem to have it are told.
 */
export function classicalDenoiser(
  method: ClassicalMethod,
  noise?: NoiseMeasurement,
  threads?: MethodThreads,
): FilesDenoiser {
  const { title, smallest, slow } = method;
  if (noise && !method.takesNoise) {
    throw new InputError(`${title} does not look at the noise; leave out the noise model`, {
      keys: ["noise"],
    });
  }
  return {
    passes: 1,
    start:
      async () =>
      async (input, { signal, onPhase, onWarning }) => {
        if (Math.min(input.width, input.height) < smallest) {
          throw new InputError(
            `${input.name} is ${sizeText(input)} pixels; ${title} needs at least ${smallest} x ${smallest}`,
          );
        }
        const sample = await sampledPages(input, signal);
        if (slow) onPhase?.(`${input.name}: choosing the parameters of ${title}`);
        const pages = await calibrationPages(sample, smallest);
        if (noise) {
          const images = pages.map((page) => ({ name: input.name, page: pageInMemory(page) }));
          await checkNoiseLine(noise, images[0]!); // there are pages
          for (const sentence of await imagesAgainstNoise(noise, images.slice(0, 1)))
            onWarning?.(sentence, input.name);
        }
        const parameters = await interruptible(method.fit(pages, noise), signal);
        const noiseOf = async (page: NoisyPage | NoisyPlane): Promise<NoiseModel | undefined> =>
          noise || !method.takesNoise ? noise : noiseAroundGaps(page);
        const shares = threads ? sharesOf(threads, input.pageCount) : 1;
        const begun = new BegunPages<Plane | undefined>();
        /** By their numbers: a page may be gone through more than once. */
        const unchanged = new Set<number>();
        const looked = (denoised: Plane, noisy: Plane, index: number): DenoisedPage => {
          if (method.takesNoise && isUnchanged(denoised, noisy)) unchanged.add(index);
          return { denoised };
        };
        return {
          ...(threads &&
            slow && {
              ahead: {
                count: threads.count,
                divides: shares > 1 && method.division !== undefined,
                begin: (page, index, unfinished) => {
                  const there = { threads, signal: unfinished, shares };
                  begun.begin(index, async (onPart) =>
                    applyInThreads(method, page, parameters, await noiseOf(page), there, onPart),
                  );
                },
              },
            }),
          calibrated: {
            method: methodId(method),
            parameters,
            sentence: `${title}: ${method.describe(parameters)}, chosen on the image itself${noise ? ", noise as measured" : ""}`,
          },
          ...(method.reach && {
            bands: async function* (noisy, _index, pixels, onPart) {
              const known = await noiseOf(noisy);
              const apply = (part: Plane): Promise<Plane> =>
                applyPage(method, part, parameters, signal, undefined, known);
              yield* bandsWithin(noisy, method.reach!(parameters), pixels, apply, onPart);
            },
          }),
          denoise: async (noisy, index, onPart) => {
            const done = await begun.take(index, onPart);
            if (done) {
              onPart(1);
              return looked(done, noisy, index);
            }
            const known = await noiseOf(noisy);
            return looked(await applyPage(method, noisy, parameters, signal, onPart, known), noisy, index);
          },
          remark() {
            if (unchanged.size === 0) return undefined;
            const [are, pages] = unchanged.size === 1 ? ["is", "1 page"] : ["are", `${unchanged.size} pages`];
            const advice = noise ? "" : "; where there is some, give it as it was measured (noise)";
            return `${input.name}: ${pages} ${are} in the result as before, as no noise was found there${advice}`;
          },
        };
      },
  };
}

/** Whether nothing was taken from a page that is not of one value. */
function isUnchanged({ data: after }: Plane, { data: before }: Plane): boolean {
  let varies = false;
  for (let i = 0; i < before.length; i++) {
    if (after[i] !== before[i]) return false;
    varies ||= before[i] !== before[0];
  }
  return varies;
}

/** A page by bands, each denoised with as many rows above and below as its result depends on. */
async function* bandsWithin(
  page: LazyPage,
  reach: number,
  pixels: number,
  denoise: (part: Plane) => Promise<Plane>,
  onPart: (passes: number) => void,
): AsyncIterable<DenoisedPage> {
  const { width, height } = page;
  for (const band of rowBands(page, pixels)) {
    const [top, bottom] = [Math.max(0, band.y - reach), Math.min(height, band.y + band.height + reach)];
    const denoised = await denoise(await page.read({ x: 0, y: top, width, height: bottom - top }));
    yield { denoised: cutPlane(denoised, { ...band, y: band.y - top }) };
    onPart((band.y + band.height) / height);
  }
}
