import type { Executor } from "./executor.js";

let open: (() => Promise<Executor>) | undefined;
let opening: Promise<Executor> | undefined;

/** Says how the default executor is opened: this file and what is below it know none. */
export function openDefaultWith(f: () => Promise<Executor>): void {
  open = f;
}

/** The executor of tensors that were not put anywhere: the one that was set, else a device that is opened at the first use. */
export function defaultExecutor(): Promise<Executor> {
  if (!opening) {
    if (!open)
      return Promise.reject(
        new Error("defaultExecutor: there is none; import @clidim/tensor itself, or set one"),
      );
    const attempt = open();
    opening = attempt;
    // What was missing may be there the next time.
    attempt.catch(() => {
      if (opening === attempt) opening = undefined;
    });
  }
  return opening;
}

/** Whether there is a default executor: one that was set, or was opened when it was needed. */
export const hasDefaultExecutor = (): boolean => opening !== undefined;

/** Makes a device, or another executor, the default from now on. */
export function setDefaultDevice(device: Executor): void {
  opening = Promise.resolve(device);
}
