import type { Steps } from "@clidim/denoise";

/** The same in steps of at least `portion` of the work. */
export function* coarser<T>(steps: Steps<T, number>, portion: number): Steps<T, number> {
  let said = 0;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value - said < portion) continue;
    said = step.value;
    yield said;
  }
}
