import { evenlySpread, InputError, isBlank } from "@clidim/imaging";
import type { PageStack } from "../stackFiles.js";
import type { PairCheckOptions } from "./checkPairs.js";
import { equal } from "./comparePair.js";

/** So many pairs of successive pages are looked at. */
const PAIRS = 48;

/**
 * Looks whether the pages of stacks have noise of their own, at pairs of successive pages that are evenly spread: towards a copy, a network learns the noise with the image. An `InputError`, with `force` a warning: all of these pairs are identical. Warned of:
 * some are. Blank pages are passed over.
 */
export async function checkStackCaptures(
  scenes: readonly { readonly noisy: Pick<PageStack, "name" | "pages"> }[],
  { force = false, onWarning, signal }: PairCheckOptions = {},
): Promise<void> {
  const pairs = scenes.flatMap(({ noisy: { name, pages } }) =>
    pages.slice(1).map((second, i) => ({ name, i, first: pages[i]!, second })),
  );
  let looked = 0;
  const same: string[] = [];
  for (const index of evenlySpread(Math.min(PAIRS, pairs.length), pairs.length)) {
    signal?.throwIfAborted();
    const { name, i, first, second } = pairs[index]!;
    const [a, b] = [await first.read(), await second.read()];
    if (isBlank(a) || isBlank(b)) continue;
    looked++;
    if (equal(a.data, b.data)) same.push(`pages ${i} and ${i + 1} of ${name}`);
  }
  if (same.length === 0) return;
  const sentence = `${same[0]} are identical, pixel for pixel`;
  const learnt = "so that the noise would be learnt with the image";
  if (same.length < looked) {
    onWarning?.(
      `${sentence} (so it is with ${same.length} of ${looked} pairs), ${learnt} there; leave out the copies`,
    );
    return;
  }
  const refused = `${sentence}, and so are all that were looked at, ${learnt}; give captures that each have noise of their own`;
  if (!force) throw new InputError(refused, { keys: ["noisy", "force"] });
  onWarning?.(refused);
}
