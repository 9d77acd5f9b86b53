import { InputError, NonFiniteValue, sizeText, TransientError } from "@clidim/imaging";
import type { PlannedFile } from "./planFiles.js";

/** What the engine says where there is no memory for an array, or where it is longer than any can be. */
const NO_MEMORY = /array length|allocation failed|could not allocate/i;

/** What went wrong with a file as an `InputError` where it is of this file alone, so that a batch goes on; undefined of anything else. */
export function unusableFile(
  error: unknown,
  { input, ...page }: Pick<PlannedFile, "input" | "width" | "height">,
): InputError | undefined {
  if (error instanceof InputError) return error;
  if (error instanceof RangeError && NO_MEMORY.test(error.message)) {
    return new TransientError(
      `${input}: its pages of ${sizeText(page)} pixels do not fit into memory (${error.message}); denoise parts of it, or more of it at a time on a machine with more memory`,
      { cause: error },
    );
  }
  if (error instanceof NonFiniteValue) {
    return new InputError(
      `${input}: the result holds what is no number (${error.message}): of a network, its grey values may be too far from those of the training, the model damaged, or the device at fault`,
      { cause: error },
    );
  }
  return undefined;
}
