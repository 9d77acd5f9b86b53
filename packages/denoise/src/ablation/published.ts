/** PSNR in dB that was published elsewhere, to stand beside what is reached here. */
export interface Published {
  /** Where it is from: the heading of its column. */
  readonly source: string;
  /** By the row of the table and the data set. A row that there is not becomes one of its own. */
  readonly psnr: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How it came about otherwise than what stands beside it, in sentences. */
  readonly notes: readonly string[];
}

/** The columns of a data set: of each source that has a figure for it. */
export function publishedColumns(
  published: readonly Published[],
  data: string,
): readonly {
  readonly header: string;
  readonly figures: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}[] {
  return published.flatMap(({ source, psnr, notes }) => {
    const figures = new Map(
      Object.entries(psnr).flatMap(([row, bySet]) =>
        Object.hasOwn(bySet, data) ? [[row, bySet[data]!] as const] : [],
      ),
    );
    return figures.size === 0 ? [] : [{ header: `${source}: PSNR`, figures, notes }];
  });
}
