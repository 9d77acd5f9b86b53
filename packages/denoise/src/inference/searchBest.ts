import { psnr } from "@clidim/imaging";
import type { Attempt, PagePair } from "../protocol/bestSearch.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";
import { applyInThreads, elsewhereFor } from "./applyInThreads.js";
import { applyPage } from "./applyPage.js";
import type { MethodThreads } from "./methodThreads.js";

export interface SearchBestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Attempts of a round are made in these at once; what they do not do is done in the calling thread. */
  readonly threads?: MethodThreads | undefined;
  /** Is called after each attempt. */
  readonly onAttempt?: () => void;
}

/** The parameters of `best`. A signal that aborts ends it before the next attempt, or the next step within one. */
export async function searchBest(
  method: ClassicalMethod,
  pairs: readonly PagePair[],
  options: SearchBestOptions = {},
): Promise<Plain> {
  const search = method.best(pairs);
  let round = search.next();
  while (!round.done) round = search.next(await scoresOf(method, round.value, options));
  return round.value;
}

async function scoresOf(
  method: ClassicalMethod,
  attempts: readonly Attempt[],
  { signal, threads, onAttempt }: SearchBestOptions,
): Promise<number[]> {
  const elsewhere = elsewhereFor(method, threads, attempts.length, signal);
  const inThreads = async ({ noisy, clean, parameters, noise }: Attempt): Promise<number | undefined> => {
    const page = elsewhere && (await applyInThreads(method, noisy, parameters, noise, elsewhere));
    if (page) onAttempt?.();
    return page && psnr(page, clean);
  };
  const found = await Promise.all(attempts.map(inThreads));
  const scores: number[] = [];
  for (const [i, { noisy, clean, parameters, noise }] of attempts.entries()) {
    let score = found[i];
    if (score === undefined) {
      score = psnr(await applyPage(method, noisy, parameters, signal, undefined, noise), clean);
      onAttempt?.();
    }
    scores.push(score);
  }
  return scores;
}
