/** Seconds after which a measurement counts 1 / e. */
const MEMORY = 10;

/** Seconds that the rest of a work takes at the rate of late; undefined until there is one. `done` and `left` are in the same units, whatever they are. */
export function startTimeLeft(): (done: number, left: number) => number | undefined {
  let before: { readonly done: number; readonly time: number } | undefined;
  let [work, seconds] = [0, 0];
  return (done, left) => {
    const time = performance.now() / 1000;
    if (before) {
      const passed = time - before.time;
      const kept = Math.exp(-passed / MEMORY);
      work = kept * work + Math.max(0, done - before.done);
      seconds = kept * seconds + passed;
    }
    before = { done, time };
    return work > 0 && seconds > 0.5 ? (left * seconds) / work : undefined;
  };
}
