import { z } from "zod";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";

/** The largest weight of a method without training: at most half of a result is not the network's. */
export const MOST_BLENDED = 0.5;

/** What results of a model are a mean with: (1 - weight) times the network's plus weight times those of a method without training, in grey values. */
export interface ModelBlend {
  /** `name@version`. */
  readonly method: string;
  /** Of the method, as it has chosen them on held-out noisy images. */
  readonly parameters: Plain;
  /** From 0 to `MOST_BLENDED`. */
  readonly weight: number;
  /** How many held-out images it was fitted to. */
  readonly pages: number;
  /** The squared error of the mean on these, in parts of that of the network alone. */
  readonly error: number;
}

export const modelBlendSchema: z.ZodType<ModelBlend> = z.object({
  method: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  weight: z.number().min(0).max(MOST_BLENDED),
  pages: z.number().int().min(1),
  error: z.number().min(0).max(1),
});

/** "results are 0.74 times the network's plus 0.26 times those of BM3D (strength 1.00 of the noise), which leaves 1.8 % less squared error on 2 held-out images". */
export function blendText(
  { parameters, weight, pages, error }: ModelBlend,
  { title, describe }: Pick<ClassicalMethod, "title" | "describe">,
): string {
  const images = `${pages} held-out ${pages === 1 ? "image" : "images"}`;
  if (weight === 0) return `results are the network's alone: a mean with ${title} is no better on ${images}`;
  return (
    `results are ${(1 - weight).toFixed(2)} times the network's plus ${weight.toFixed(2)} times those of ${title} (${describe(parameters)}), ` +
    `which leaves ${(100 * (1 - error)).toFixed(1)} % less squared error on ${images}`
  );
}
