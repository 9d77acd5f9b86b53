import type { Plane } from "@clidim/imaging";
import { applyInThreads, elsewhereFor } from "../inference/applyInThreads.js";
import { applyPage } from "../inference/applyPage.js";
import type { MethodThreads } from "../inference/methodThreads.js";
import { searchBest } from "../inference/searchBest.js";
import type { PagePair } from "../protocol/bestSearch.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";

/** What a classical method makes of pages with the parameters that suit them best. */
export interface AppliedClassical {
  readonly parameters: Plain;
  /** In words. */
  readonly chosen: string;
  readonly predictions: readonly Plane[];
}

export interface ApplyClassicalOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where pages are denoised, several at once; default: in the calling thread. The results are the same. */
  readonly threads?: MethodThreads | undefined;
  /** Is told how many pages are done, in parts; 0 while parameters are chosen. */
  readonly onPages?: (done: number) => void;
}

/** Chooses the parameters by looking at the truth and denoises all pages; a signal that aborts ends it before the next page or the next step within one. */
export async function applyClassical(
  method: ClassicalMethod,
  pairs: readonly PagePair[],
  { signal, threads, onPages }: ApplyClassicalOptions = {},
): Promise<AppliedClassical> {
  const parameters = await searchBest(method, pairs, { signal, threads, onAttempt: () => onPages?.(0) });
  const done = pairs.map(() => 0);
  const tellOf = (i: number) => (part: number) => {
    // What a thread left undone is begun again.
    done[i] = Math.max(done[i]!, part);
    onPages?.(done.reduce((sum, one) => sum + one, 0));
  };
  const elsewhere = elsewhereFor(method, threads, pairs.length, signal);
  const inThreads = await Promise.all(
    pairs.map(async ({ noisy }, i) => {
      const page =
        elsewhere && (await applyInThreads(method, noisy, parameters, undefined, elsewhere, tellOf(i)));
      // Not all methods say parts.
      if (page) tellOf(i)(1);
      return page;
    }),
  );
  const predictions: Plane[] = [];
  for (const [i, { noisy }] of pairs.entries()) {
    predictions.push(inThreads[i] ?? (await applyPage(method, noisy, parameters, signal, tellOf(i))));
  }
  return { parameters, chosen: method.describe(parameters), predictions };
}
