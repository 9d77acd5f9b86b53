import { blankText, cutPage, isBlank, type LazyPage, missingPixels, rowBands } from "@clidim/imaging";

/** Pages of more pixels are read, denoised and written by bands of rows. */
export const LARGEST_WHOLE_PAGE: number = 2 ** 25;

/** So many pixels are read at once of such a page, or fewer where `largest` is less. */
export const bandPixels = (largest: number): number => Math.min(2 ** 22, largest);

/** A page by bands of rows, from the top; the page itself where it is no larger than `largest`. */
export function bandsOf(page: LazyPage, largest: number = LARGEST_WHOLE_PAGE): LazyPage[] {
  if (page.width * page.height <= largest) return [page];
  return rowBands(page, bandPixels(largest)).map((window) => cutPage(page, window));
}

/** What is in the pixels of a page. */
export interface PageContents {
  /** How many are NaN or infinite. */
  readonly missing: number;
  /** Of a page in which nothing is to be seen, what it is, in words. */
  readonly blank?: string;
}

/** What is in a page, or in the bands of one, read one after the other. */
export async function pageContents(bands: readonly Pick<LazyPage, "read">[]): Promise<PageContents> {
  let missing = 0;
  /** The one value that there is yet. */
  let only: number | undefined;
  let text = "";
  let blank = true;
  for (const band of bands) {
    const { data } = await band.read();
    missing += missingPixels({ data })?.reduce((sum, gone) => sum + gone, 0) ?? 0;
    blank &&= isBlank({ data });
    if (!blank) continue;
    const value = firstFinite(data);
    if (only === undefined) [only, text] = [value, blankText({ data })];
    else blank = value === undefined || value === only;
  }
  return { missing, ...(blank && { blank: text }) };
}

function firstFinite(data: ArrayLike<number>): number | undefined {
  for (let i = 0; i < data.length; i++) if (Number.isFinite(data[i]!)) return data[i]!;
  return undefined;
}
