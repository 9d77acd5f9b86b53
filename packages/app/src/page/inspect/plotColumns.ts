import type { PlotSeries } from "./Plot.js";

type Columns = [number[], ...(number | null | undefined)[][]];

/**
 * What is drawn. Curves join across `null`, where a series was not measured, which is undefined here; at values that are not finite, as of missing pixels, they end and begin anew, which is null here: an axis that is to reach them has no length, and nothing would be drawn along it.
 */
export const plotColumns = (x: readonly number[], series: readonly PlotSeries[]): Columns => [
  [...x],
  ...series.map(({ values }) =>
    values.map((value) => (value === null ? undefined : Number.isFinite(value) ? value : null)),
  ),
];
