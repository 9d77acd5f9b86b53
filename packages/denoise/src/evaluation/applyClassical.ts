import type { Plane } from "@clidim/imaging";
import { applyPage } from "../inference/applyPage.js";
import { interruptible } from "../inference/interruptible.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";

/** What a classical method makes of pages with the parameters that suit them best. */
export interface AppliedClassical {
  readonly parameters: Plain;
  /** In words. */
  readonly chosen: string;
  readonly predictions: readonly Plane[];
}

/** Chooses the parameters by looking at the truth and denoises all pages; a signal that aborts ends it before the next page or the next step within one. `onPages` is told how many pages are done, in parts; 0 while parameters are chosen. */
export async function applyClassical(
  method: ClassicalMethod,
  pairs: readonly { readonly noisy: Plane; readonly clean: Plane }[],
  signal: AbortSignal | undefined,
  onPages?: (done: number) => void,
): Promise<AppliedClassical> {
  const parameters = await interruptible(method.best(pairs), signal, () => onPages?.(0));
  const predictions: Plane[] = [];
  for (const { noisy } of pairs) {
    const done = predictions.length;
    predictions.push(await applyPage(method, noisy, parameters, signal, (part) => onPages?.(done + part)));
  }
  return { parameters, chosen: method.describe(parameters), predictions };
}
