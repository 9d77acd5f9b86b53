import { readTextFile } from "@clidim/imaging/node";
import { z } from "zod";
import type { Trust } from "./outcome.js";

const lag = z.object({ value: z.number() });
/** What of a report is looked at. */
const schema = z.object({
  pages: z.array(
    z.object({
      findings: z.array(z.string()),
      residual: z.object({ mean: z.number(), error: z.number() }),
      autocorrelation: z.object({ highest: lag, lowestNear: lag }),
    }),
  ),
});

/** What the reports of one result say, in short; undefined without reports. */
export async function trustOf(reports: readonly string[]): Promise<Trust | undefined> {
  const findings = new Set<string>();
  const correlations: number[] = [];
  const biases: number[] = [];
  for (const path of reports) {
    const { pages } = schema.parse(JSON.parse(await readTextFile(path)));
    for (const { findings: ofPage, residual, autocorrelation } of pages) {
      for (const sentence of ofPage) findings.add(sentence);
      correlations.push(autocorrelation.highest.value, autocorrelation.lowestNear.value);
      biases.push(residual.error > 0 ? residual.mean / residual.error : 0);
    }
  }
  if (correlations.length === 0) return undefined;
  return {
    findings: [...findings],
    residualCorrelation: farthest(correlations),
    residualBias: farthest(biases),
  };
}

/** From 0. */
const farthest = (values: readonly number[]): number =>
  values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
