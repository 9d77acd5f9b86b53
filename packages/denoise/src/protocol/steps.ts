/** Work of minutes in steps of a page or so: whoever runs it can look after other things between two of them. */
export type Steps<T> = Generator<void, T, void>;

/** All steps without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
