import type { LazyPage } from "@clidim/imaging";

/** Pages changed one by one, each of them once: what stands several times, as the truth of several captures, is one page afterwards too, by which captures of one field are known. */
export function changedPages(
  pages: readonly LazyPage[],
  change: (page: LazyPage) => LazyPage,
): readonly LazyPage[] {
  const changed = new Map<LazyPage, LazyPage>();
  for (const page of pages) if (!changed.has(page)) changed.set(page, change(page));
  return pages.map((page) => changed.get(page)!);
}
