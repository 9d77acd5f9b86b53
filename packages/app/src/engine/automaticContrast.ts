import type { Contrast, PlaneFacts } from "./painter.js";

/** What is shown as black and white where nobody has chosen it: the percentiles of a plane; of one that is nearly all background, what is brighter; of a constant one, it is black. */
export function automaticContrast({
  low,
  high,
  greatest,
}: Pick<PlaneFacts, "low" | "high" | "greatest">): Contrast {
  if (high > low) return { low, high };
  return { low, high: greatest > low ? greatest : low + 1 };
}
