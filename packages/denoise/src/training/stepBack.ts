import { z } from "zod";

/** That a training was taken back to an earlier state, as its validation had fallen, its numbers had ceased to be numbers, or it had come to a hopeless one. */
export interface StepBack {
  /** After which update. */
  readonly update: number;
  /** The update whose state it was taken back to, the best one till then. */
  readonly to: number;
  /** By how much the validation was worse than there, see `decibelsBelow`. */
  readonly decibels?: number | undefined;
  /** What was no number: "the l1 loss is NaN". */
  readonly diverged?: string | undefined;
  /** Why it began again with fresh weights, in the words of `hopeless`; `to` is then 0. */
  readonly hopeless?: string | undefined;
  /** What it went on with, in the words of `Remedy`; absent where it ended there. */
  readonly remedy?: string | undefined;
  /** Whether it was after the last update, that of the configuration or the one after which the run was finished early: such a run can be gone on with all the same. */
  readonly final?: true | undefined;
}

export const stepBackSchema: z.ZodType<StepBack> = z.object({
  update: z.number(),
  to: z.number(),
  decibels: z.number().optional(),
  diverged: z.string().optional(),
  hopeless: z.string().optional(),
  remedy: z.string().optional(),
  final: z.literal(true).optional(),
});

/** It in a sentence, without the stop. */
export function stepBackText({ update, to, decibels, diverged, hopeless, remedy }: StepBack): string {
  if (hopeless !== undefined) {
    return `after update ${update} ${hopeless}: the training begins again with fresh weights${remedy === undefined ? "" : `, ${remedy}`}`;
  }
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
