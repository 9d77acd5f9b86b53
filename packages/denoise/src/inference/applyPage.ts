import type { NoiseModel, Plane } from "@clidim/imaging";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";
import { interruptible, letThrough } from "./interruptible.js";

/** One page by a classical method; a signal that aborts ends it before the page, or between two steps within it. `onPart` is told what part of the page is done, 1 at last. Without `noise` the method estimates it. */
export async function applyPage(
  method: ClassicalMethod,
  page: Plane,
  parameters: Plain,
  signal: AbortSignal | undefined,
  onPart?: (part: number) => void,
  noise?: NoiseModel,
): Promise<Plane> {
  await letThrough(signal);
  const denoised = method.applyInSteps
    ? await interruptible(method.applyInSteps(page, parameters, noise), signal, onPart)
    : method.apply(page, parameters, noise);
  onPart?.(1);
  return denoised;
}
