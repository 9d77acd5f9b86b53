import { checkRun, type Refuse, type RunConfiguration } from "@clidim/denoise";

/** What networks that halve an image `depth` times are told of it. */
type Halved = Pick<RunConfiguration, "crop" | "regions"> & { readonly depth: number };

/** The largest crop of pages of this side, with fewer halvings where it has not as many; undefined below `smallest`. */
export const cropOfHalvings =
  (smallest: number) =>
  ({ depth }: { readonly depth: number }, side: number): { crop: number; depth?: number } | undefined => {
    if (side < smallest) return undefined;
    const halvings = Math.floor(Math.log2(side));
    return { crop: 2 ** halvings, ...(depth > halvings && { depth: halvings }) };
  };

/** Which crops these networks take. */
export function checkHalvings({ depth, crop, regions }: Halved, refuse: Refuse): void {
  const multiple = 2 ** depth;
  checkRun({ crop, regions }, { of: multiple, text: `2^depth = ${multiple}` }, refuse);
}
