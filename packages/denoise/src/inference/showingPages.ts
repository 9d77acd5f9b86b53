import { evenlySpread, isBlank, type Plane } from "@clidim/imaging";

/** At most `most` of noisy pages by which methods and their parameters are chosen (`tellingPages`), evenly spread over those that are not blank; over all where these all are. */
export function showingPages(pages: readonly Plane[], most: number): Plane[] {
  const showing = pages.filter((page) => !isBlank(page));
  const some = showing.length > 0 ? showing : pages;
  return evenlySpread(Math.min(most, some.length), some.length).map((position) => some[position]!);
}
