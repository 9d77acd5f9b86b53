import type { TrainHooks } from "./trainHooks.js";

/** What takes less than this is over before it would be read, milliseconds. */
const LONG = 5_000;

/** To be called after each of `count` things: after the first, says what is being done and how long the others will take, where that is long. */
export function announceLong(
  doing: string,
  count: number,
  onPhase: TrainHooks["onPhase"],
): (done: number) => void {
  const start = performance.now();
  return (done) => {
    const left = (performance.now() - start) * (count - 1);
    if (done === 1 && left > LONG) onPhase?.(`${doing}: some ${Math.ceil(left / 1000)} s`);
  };
}
