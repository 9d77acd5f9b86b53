import type { UncertaintyCalibration, UncertaintyCoverage } from "@clidim/imaging";
import { z } from "zod";
import { type SceneSplit, splitKinds } from "../data/splitScenes.js";

/** How large a model's errors were on pages that it was not trained on, in network values. */
export interface ModelUncertainty extends UncertaintyCalibration {
  /** Over so many passes the scatter was taken. */
  readonly passes: number;
  /** Each page covered by a calibration with the others. */
  readonly coverage: UncertaintyCoverage;
  readonly pages: number;
  /** What these have in common with the training pages. */
  readonly heldOut: SceneSplit["kind"];
}

export const modelUncertaintySchema: z.ZodType<ModelUncertainty> = z
  .object({
    values: z.array(z.number()).min(1),
    floors: z.array(z.number().nonnegative()).min(1),
    scale: z.number().nonnegative(),
    passes: z.number().int().min(2),
    coverage: z.object({
      withinOne: z.number(),
      withinTwo: z.number(),
      rmsError: z.number(),
      rmsSigma: z.number(),
      pixels: z.number(),
    }),
    pages: z.number().int().min(1),
    heldOut: z.enum(splitKinds),
  })
  .refine(({ values, floors }) => values.length === floors.length, "expected as many floors as values");

/** "on 4 held-out images, 69 % of the errors were at most 1 and 95 % at most 2 of these deviations". */
export function coverageText({ coverage, pages, heldOut }: ModelUncertainty): string {
  const images = `${pages} ${heldOut === "test" ? "images of the test set" : `held-out ${pages === 1 ? "image" : "images"}`}`;
  const percent = (part: number): string => `${(100 * part).toFixed(part > 0.995 ? 1 : 0)} %`;
  return (
    `on ${images}, ${percent(coverage.withinOne)} of the errors were at most 1 and ${percent(coverage.withinTwo)} at most 2 of these deviations (normal errors: 68 % and 95 %)` +
    (heldOut === "captures"
      ? "; they are of the fields that were trained on, and say nothing of new ones"
      : "")
  );
}
