import { evenlySpread, InputError, type LazyPage, type LazyStack, pagesOf } from "@clidim/imaging";

/** So many pages, evenly spread, tell what is in a stack, which may be larger than memory. */
const SAMPLED_PAGES = 16;

/**
 * Pages evenly spread over a file, which is refused where they are constant. Of floats all pages are looked at once, since any of them may hold a NaN, which
 * `readPage` refuses.
 */
export async function sampledPages(input: LazyStack, signal: AbortSignal | undefined): Promise<LazyPage[]> {
  const { name, pageCount, dtype } = input;
  const count = Math.min(SAMPLED_PAGES, pageCount);
  const pages = pagesOf(input);
  const wanted = new Set(evenlySpread(count, pageCount));
  let value: number | undefined;
  let constant = true;
  for (const [index, page] of pages.entries()) {
    if (!wanted.has(index) && dtype !== "float32") continue;
    signal?.throwIfAborted();
    const { data } = await page.read();
    if (!wanted.has(index) || !constant) continue;
    value ??= data[0]!;
    for (let i = 0; i < data.length && constant; i++) constant = data[i] === value;
  }
  if (constant) {
    throw new InputError(`${name} is constant (every pixel is ${value}), expected an image with contrast`);
  }
  return pages.filter((_, index) => wanted.has(index));
}
