import { InputError } from "@clidim/imaging";
import { interruptible } from "../inference/interruptible.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";
import type { ValidationCrop } from "./validation.js";

/** The parameters that a method chooses on the noisy validation crops; the reason where these show nothing to choose them by, for which a training that is through is not given up. */
export async function fittedParameters(
  method: ClassicalMethod,
  crops: readonly ValidationCrop[],
  signal: AbortSignal | undefined,
): Promise<{ readonly parameters: Plain } | { readonly lacking: string }> {
  const pages = crops.map(({ noisy }) => noisy);
  try {
    return { parameters: await interruptible(method.fit(pages), signal) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { lacking: `on the held-out images: ${error.message}` };
  }
}
