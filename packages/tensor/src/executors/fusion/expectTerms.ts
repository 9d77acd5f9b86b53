/** Throws where the index of a loop over the terms of an element, which goes up to `step` beyond the last, is no i32. */
export function expectTerms(reductions: readonly string[], terms: number, step: number): void {
  if (terms + step < 2 ** 31) return;
  throw new Error(
    `${reductions.join(", ")}: ${terms} terms for one element are more than a kernel counts, about 2^31; reduce one axis after the other`,
  );
}
