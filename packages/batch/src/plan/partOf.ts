import { InputError } from "@clidim/imaging";
import type { Job } from "./job.js";

/** One of several parts of a plan, counted from 0. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** What a file takes beside its pixels, in pixels. */
const PIXELS_OF_A_FILE = 10_000;

/** The jobs of a part: all parts together have each job once, in its order, and about the same number of pixels. */
export function partOf(jobs: readonly Job[], { index, count }: Part): Job[] {
  const weights = jobs.map(({ pixels }) => pixels + PIXELS_OF_A_FILE);
  const total = weights.reduce((a, b) => a + b, 0);
  let before = 0;
  return jobs.filter((_, i) => {
    const middle = before + weights[i]! / 2;
    before += weights[i]!;
    return Math.min(count - 1, Math.floor((count * middle) / total)) === index;
  });
}

/** Parses `3/16`: the fourth of sixteen parts. */
export function parsePart(text: string): Part {
  const [, index, count] = (/^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? []).map(Number) as [
    number,
    number?,
    number?,
  ];
  if (index !== undefined && count !== undefined && index < count) return { index, count };
  throw new InputError(
    `part is "${text}"; expected a part and the number of parts, counted from 0, such as 3/16`,
    {
      keys: ["part"],
    },
  );
}
