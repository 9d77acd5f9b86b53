/** Columns of a product in panels: runs of columns that are computed together. */
export interface Panels {
  /** Columns of each, of which the last may be less used. */
  readonly width: number;
  /** Those that are used whole, and the columns of one more. */
  readonly whole: number;
  readonly rest: number;
}

/** Two vectors are a panel; one, where that is enough. */
export function panelsOf(columns: number): Panels {
  const width = columns <= 4 ? 4 : 8;
  return { width, whole: Math.floor(columns / width), rest: columns % width };
}

/** Elements that the packed columns take for each element along the sum. */
export const packedColumns = ({ width, whole, rest }: Panels): number => (whole + (rest > 0 ? 1 : 0)) * width;

/** Vectors that hold so many columns. */
export const vectorsFor = (columns: number): number => Math.ceil(columns / 4);
