import type { PlaneFacts } from "../../engine/painter.js";

/** At most. */
const BINS = 192;

/** Where a histogram is: bins from `least` to `greatest`. */
export interface HistogramAxis {
  readonly least: number;
  readonly greatest: number;
  readonly bins: number;
}

/** The bins of a plane's histogram; `whole`: of whole numbers. */
export function histogramAxis({ least, greatest, low, high }: PlaneFacts, whole: boolean): HistogramAxis {
  // The brightest 0.1 % would leave most of the axis empty, unless they are all that there is.
  const top = high > low ? high + 0.3 * (high - low) : greatest > least ? greatest : least + 1;
  // Bins of unequally many whole numbers would look like a comb.
  const width = whole ? Math.ceil((top - least) / BINS) : (top - least) / BINS;
  const bins = Math.ceil((top - least) / width);
  return { least, greatest: least + bins * width, bins };
}
