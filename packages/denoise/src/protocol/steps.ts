/** Work of minutes in steps of a page or so: whoever runs it can look after other things between two of them. A step may say something of what is done. */
export type Steps<T, Said = unknown> = Generator<Said, T, void>;

/** All steps without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
