/** Columns of a product in panels: runs of columns that are computed together. */
export interface Panels {
  /** Columns of each, of which the last may be less used. */
  readonly width: number;
  /** Those that are used whole, and the columns of one more. */
  readonly whole: number;
  readonly rest: number;
}

/** Panels beside each other of which so many columns are used. */
export interface PanelStretch {
  readonly start: number;
  readonly count: number;
  readonly used: number;
}

/** Columns of which each has a panel of its own, where vectors can be neighbours in another direction. */
export const fewColumns = 2;

/** Two vectors are a panel; one, where that is enough. */
export function panelsOf(columns: number): Panels {
  const width = columns <= 4 ? 4 : 8;
  return { width, whole: Math.floor(columns / width), rest: columns % width };
}

/** The panels that are used whole, and the last one where it is not. */
export const panelStretches = ({ width, whole, rest }: Panels): PanelStretch[] => [
  ...(whole > 0 ? [{ start: 0, count: whole, used: width }] : []),
  ...(rest > 0 ? [{ start: whole, count: 1, used: rest }] : []),
];

/** Elements that the packed columns take for each element along the sum. */
export const packedColumns = ({ width, whole, rest }: Panels): number => (whole + (rest > 0 ? 1 : 0)) * width;

/** Vectors that hold so many columns. */
export const vectorsFor = (columns: number): number => Math.ceil(columns / 4);

/** Rows that are computed together: their sums, of one or two vectors each, and what is loaded for a turn fit into the fifteen registers that V8 gives out on x86-64. */
export const mostRows = (used: number): number => (vectorsFor(used) === 1 ? 6 : 4);
