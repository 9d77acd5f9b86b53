import type { PlotSeries } from "./Plot.js";

type Columns = [number[], ...(number | null)[][]];

/** What is drawn. Values that are not finite are left out: an axis that is to reach them has no length, and nothing would be drawn along it. */
export const plotColumns = (x: readonly number[], series: readonly PlotSeries[]): Columns => [
  [...x],
  ...series.map(({ values }) => values.map((value) => (Number.isFinite(value) ? value : null))),
];
