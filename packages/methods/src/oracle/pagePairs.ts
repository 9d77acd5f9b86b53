import type { PagePair } from "@clidim/denoise";
import type { Plane } from "@clidim/imaging";

/** Every noisy page with its clean page, or with the only one. */
export function pagePairs(op: string, noisy: readonly Plane[], clean: readonly Plane[]): PagePair[] {
  if (noisy.length === 0 || (clean.length !== 1 && clean.length !== noisy.length)) {
    throw new Error(
      `${op}: expected one clean page or one per noisy page, got ${clean.length} for ${noisy.length}`,
    );
  }
  return noisy.map((page, i) => ({ noisy: page, clean: clean[clean.length === 1 ? 0 : i]! }));
}
