import type { JobState } from "@clidim/batch";
import { exitCodes } from "../../exitCodes.js";

/** Some given up, or still open: 3; all given up: 2, but of a part, which is never all, 3. */
export function exitCodeOf(states: readonly Pick<JobState, "status">[], isPart: boolean): number {
  if (states.every(({ status }) => status === "done")) return exitCodes.success;
  return states.every(({ status }) => status === "dead") && !isPart ? exitCodes.input : exitCodes.partial;
}
