import { setImmediate } from "node:timers/promises";
import type { Plane } from "@clidim/imaging";
import { gaussianBlur, stabilized } from "@clidim/imaging";
import { searchGaussianBlur } from "../classical/bestGaussianBlur.js";
import { searchNonLocalMeans, searchTotalVariation } from "../classical/bestStabilized.js";
import { denoiseTotalVariation } from "../classical/denoiseTotalVariation.js";
import { nonLocalMeans } from "../classical/nonLocalMeans.js";
import type { Steps } from "../classical/steps.js";
import type { ValidationPage } from "../commands/splitScenes.js";

/** A method that needs no training, with its parameter chosen by looking at the clean test pages. */
export interface ClassicalMethod {
  readonly name: string;
  /** Takes minutes on a few pages of 512 x 512 pixels. */
  readonly slow: boolean;
  /** Chooses the parameter and says which; null where there is none to choose. */
  prepare(pages: readonly ValidationPage[]): Steps<ChosenMethod>;
}

interface ChosenMethod {
  readonly chosen: string | null;
  denoise(page: Plane): Plane;
}

const strengthText = (strength: number): string => `strength ${strength.toFixed(2)} of the noise`;

/** In the order of the table's rows. */
export const classicalMethods: readonly ClassicalMethod[] = [
  {
    name: "noisy",
    slow: false,
    *prepare() {
      yield;
      return { chosen: null, denoise: (page) => page };
    },
  },
  {
    name: "Gaussian blur",
    slow: false,
    *prepare(pages) {
      const sigma = yield* searchGaussianBlur(pages);
      return { chosen: `sigma ${sigma.toFixed(2)} pixels`, denoise: (page) => gaussianBlur(page, sigma) };
    },
  },
  {
    name: "non-local means",
    slow: true,
    *prepare(pages) {
      const strength = yield* searchNonLocalMeans(pages);
      return {
        chosen: strengthText(strength),
        denoise: (page) => stabilized((stable) => nonLocalMeans(stable, { strength }), page),
      };
    },
  },
  {
    name: "total variation",
    slow: true,
    *prepare(pages) {
      const strength = yield* searchTotalVariation(pages);
      return {
        chosen: strengthText(strength),
        denoise: (page) => stabilized((stable) => denoiseTotalVariation(stable, { strength }), page),
      };
    },
  },
];

/** Chooses and denoises all pages; a signal that aborts ends it before the next page. */
export async function applyClassical(
  method: ClassicalMethod,
  pages: readonly ValidationPage[],
  signal: AbortSignal | undefined,
): Promise<{ readonly chosen: string | null; readonly predictions: Plane[] }> {
  const steps = method.prepare(pages);
  let step = steps.next();
  while (!step.done) {
    await letThrough(signal);
    step = steps.next();
  }
  const { chosen, denoise } = step.value;
  const predictions: Plane[] = [];
  for (const { noisy } of pages) {
    await letThrough(signal);
    predictions.push(denoise(noisy));
  }
  return { chosen, predictions };
}

/** An interruption that came in the meantime is seen now. */
async function letThrough(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
