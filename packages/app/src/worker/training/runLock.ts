import { InputError } from "@clidim/imaging";

const lockOf = (run: string): string => `clidim-run-${run}`;

/** Those that this worker trains. */
const own = new Set<string>();

/** Does work on a run that nobody else does at a time, in this tab or another; an `InputError` where somebody does. The lock of a tab that is closed is free. */
export async function holdingRun<T>(run: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(lockOf(run), { ifAvailable: true }, async (lock) => {
    if (!lock) {
      throw new InputError(
        own.has(run)
          ? `${run} is being trained`
          : `${run} is being trained in another tab; stop it there first`,
      );
    }
    own.add(run);
    try {
      return await work();
    } finally {
      own.delete(run);
    }
  });
}

/** The runs that other tabs train. */
export async function runsElsewhere(): Promise<(run: string) => boolean> {
  const { held = [] } = await navigator.locks.query();
  const names = new Set(held.map(({ name }) => name));
  return (run) => names.has(lockOf(run)) && !own.has(run);
}
