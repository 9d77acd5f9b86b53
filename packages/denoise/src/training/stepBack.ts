import { z } from "zod";

/** That a training was taken back to an earlier state, as its validation had fallen or its numbers had ceased to be numbers. */
export interface StepBack {
  /** After which update. */
  readonly update: number;
  /** The update whose state it was taken back to, the best one till then. */
  readonly to: number;
  /** By how much the validation was worse than there, see `decibelsBelow`. */
  readonly decibels?: number | undefined;
  /** What was no number: "the l1 loss is NaN". */
  readonly diverged?: string | undefined;
  /** What it went on with, in the words of `Remedy`; absent where it ended there. */
  readonly remedy?: string | undefined;
}

export const stepBackSchema: z.ZodType<StepBack> = z.object({
  update: z.number(),
  to: z.number(),
  decibels: z.number().optional(),
  diverged: z.string().optional(),
  remedy: z.string().optional(),
});

/** It in a sentence, without the stop. */
export function stepBackText({ update, to, decibels, diverged, remedy }: StepBack): string {
  const why =
    decibels === undefined
      ? `after update ${update} ${diverged ?? "the training had diverged"}`
      : `the validation after update ${update} was ${decibels.toFixed(2)} dB worse than after update ${to}`;
  return (
    `${why}: ` +
    (remedy === undefined
      ? `the training ends with the state of update ${to}`
      : `the training goes on from the state of update ${to}, ${remedy}`)
  );
}
