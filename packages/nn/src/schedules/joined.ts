import { ge, maximum, sub, where } from "@clidim/tensor";
import type { Schedule } from "./schedule.js";

/** One part of `joined`: `schedule`, counted from its own start, for `steps` steps. */
export interface Phase {
  readonly schedule: Schedule;
  readonly steps: number;
}

/** Schedules one after the other; the last goes on for ever. */
export const joined =
  (phases: readonly Phase[], last: Schedule): Schedule =>
  (done) => {
    let boundary = 0;
    const starts = phases.map(({ steps }) => (boundary += steps));
    const schedules = [...phases.slice(1).map(({ schedule }) => schedule), last];
    const first = phases[0];
    if (!first) return last(done);
    // A schedule that has not begun is held at its start, where its value is finite.
    return schedules.reduce(
      (value, schedule, i) => where(ge(done, starts[i]!), schedule(maximum(sub(done, starts[i]!), 0)), value),
      first.schedule(done),
    );
  };
