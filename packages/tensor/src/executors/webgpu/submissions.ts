import type { Recorded } from "./commands.js";

/** Commands of one submission: longer loops are handed over piece by piece. */
const mostCommands = 4096;

/**
 * About so many floating-point operations of one submission, a tenth of a second of a GPU in a laptop (2 TFLOP/s): systems take the device away from programs that keep it for seconds at once, as nothing else is drawn meanwhile, and what
 * is submitted together is one piece of work to them.
 */
const mostWork = 2e11;

/** What a workgroup counts for beside its operations, for the memory that it goes through. */
const workgroupWork = 5e4;

/** Where the submissions of a run end, in its commands; one at least. A command that is too long by itself has one of its own. */
export function submissions(recorded: readonly Recorded[]): number[] {
  const ends: number[] = [];
  let [first, work] = [0, 0];
  for (const [k, command] of recorded.entries()) {
    const own = workOf(command);
    if (k > first && (k - first === mostCommands || work + own > mostWork)) {
      ends.push(k);
      [first, work] = [k, 0];
    }
    work += own;
  }
  return [...ends, recorded.length];
}

function workOf(command: Recorded): number {
  if (command.kind !== "dispatch") return 0;
  const { flops = 0, workgroups } = command.step;
  return flops + workgroupWork * workgroups.reduce((product, count) => product * count, 1);
}
