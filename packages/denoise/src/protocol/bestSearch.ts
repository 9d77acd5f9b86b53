import { type NoiseModel, type Plane, psnr } from "@clidim/imaging";
import type { Plain } from "./configurationSpace.js";
import type { ClassicalMethod } from "./method.js";
import { atOnce } from "./steps.js";

/** A noisy page and its truth. */
export interface PagePair {
  readonly noisy: Plane;
  readonly clean: Plane;
}

/** A page that a search wants denoised with some parameters, to be compared with its truth. */
export interface Attempt<P = Plain> extends PagePair {
  readonly parameters: P;
  /** Of the noisy page, where it is known already. */
  readonly noise?: NoiseModel;
}

/** A search for the parameters whose results are nearest to clean pages: yields attempts, which do not need one another, wants the PSNR (dB) of each in this order, and returns what it has found. */
export type BestSearch<P = Plain> = Generator<readonly Attempt<P>[], P, readonly number[]>;

/** What a search finds, all attempts one after the other and without a pause. */
export function foundAtOnce<P>(
  search: BestSearch<P>,
  { apply, applyInSteps }: Pick<ClassicalMethod<P>, "apply" | "applyInSteps">,
): P {
  const denoised = ({ noisy, parameters, noise }: Attempt<P>): Plane =>
    applyInSteps ? atOnce(applyInSteps(noisy, parameters, noise)) : apply(noisy, parameters, noise);
  let round = search.next();
  while (!round.done) {
    round = search.next(round.value.map((attempt) => psnr(denoised(attempt), attempt.clean)));
  }
  return round.value;
}

/** The parameters of `best`, likewise. */
export const bestAtOnce = <P>(method: ClassicalMethod<P>, pairs: readonly PagePair[]): P =>
  foundAtOnce(method.best(pairs), method);
