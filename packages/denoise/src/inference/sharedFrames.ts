import { InputError } from "@clidim/imaging";

/** How many captures models see at once that make results of one file: an `InputError` where it is not one number. */
export function sharedFrames(frames: readonly number[]): number {
  const [first = 1, ...others] = new Set(frames);
  if (others.length === 0) return first;
  throw new InputError(
    `the models see ${[first, ...others].join(" and ")} captures of an image at once, so that their results are not of the same pages; give models of one number of frames`,
    { keys: ["model"] },
  );
}
