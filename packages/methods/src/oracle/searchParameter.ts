import type { Attempt, BestSearch, PagePair } from "@clidim/denoise";
import { estimateSharedNoise, evenlySpread } from "@clidim/imaging";
import { maximize, type Searched } from "../search/maximize.js";

export interface SearchParameterOptions<P> {
  /** What is searched, as the method's parameters have it. */
  readonly parametersOf: (at: number) => P;
  readonly searched: Searched;
  /** Pages that are looked at, evenly spread; default 4. */
  readonly most?: number;
  /** Whether the method stabilises the variance of the noise, which is estimated once on each page then; default true. */
  readonly stabilizes?: boolean;
}

/** The parameters, of which one is searched, that maximise the mean PSNR of pages against their clean ones: an oracle, since it looks at the truth to choose. */
export function* searchParameter<P>(
  pairs: readonly PagePair[],
  { parametersOf, searched, most = 4, stabilizes = true }: SearchParameterOptions<P>,
): BestSearch<P> {
  const pages = evenlySpread(Math.min(most, pairs.length), pairs.length).map((position) => {
    const pair = pairs[position]!;
    return { ...pair, ...(stabilizes && { noise: estimateSharedNoise(pair.noisy) }) };
  });
  const search = maximize(searched);
  let round = search.next();
  while (!round.done) {
    const attempts: Attempt<P>[] = round.value.flatMap((at) =>
      pages.map((page) => ({ ...page, parameters: parametersOf(at) })),
    );
    const decibels = yield attempts;
    round = search.next(
      round.value.map((_, i) =>
        decibels.slice(i * pages.length, (i + 1) * pages.length).reduce((sum, one) => sum + one, 0),
      ),
    );
  }
  return parametersOf(round.value);
}
