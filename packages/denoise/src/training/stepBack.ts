import { z } from "zod";

/** That a training was taken back to an earlier state, as its validation had fallen. */
export interface StepBack {
  /** After which update. */
  readonly update: number;
  /** The update whose state it was taken back to, the best one till then. */
  readonly to: number;
  /** By how much the validation was worse than there, see `decibelsBelow`. */
  readonly decibels: number;
  /** What it went on with, in the words of `Remedy`; absent where it ended there. */
  readonly remedy?: string | undefined;
}

export const stepBackSchema: z.ZodType<StepBack> = z.object({
  update: z.number(),
  to: z.number(),
  decibels: z.number(),
  remedy: z.string().optional(),
});

/** It in a sentence, without the stop. */
export function stepBackText({ update, to, decibels, remedy }: StepBack): string {
  return (
    `the validation after update ${update} was ${decibels.toFixed(2)} dB worse than after update ${to}: ` +
    (remedy === undefined
      ? `the training ends with the state of update ${to}`
      : `the training goes on from the state of update ${to}, ${remedy}`)
  );
}
