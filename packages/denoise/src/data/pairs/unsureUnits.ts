/** That there are files whose units their pages do not tell, and nor do those of other files: "clean images" of these have other units than their "noisy ones", of which `wanted` are those to have. */
export const unsureUnits = (
  names: readonly string[],
  { pages, than, wanted }: { readonly pages: string; readonly than: string; readonly wanted: string },
): string =>
  `it cannot be told in which units ${inShort(names)} is: ${pages} of other files have other units than their ${than}, but not all the same; convert them to the units of the ${wanted}, or leave out those of which nothing can be told`;

/** That such files are taken to be like the others, to go on a sentence about these; empty without such. */
export const takenLikewise = (names: readonly string[]): string =>
  names.length === 0
    ? ""
    : `. By themselves the pages of ${inShort(names)} do not tell it: taken for the same units as the others`;

const inShort = ([first, ...others]: readonly string[]): string =>
  `${first}${others.length > 0 ? ` and ${others.length} more` : ""}`;
