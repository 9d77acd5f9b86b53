import type { PixelType } from "@clidim/imaging";
import type { DenoisedImages } from "./denoiseFilesOptions.js";
import type { InputStack } from "./openInput.js";

/** What pixels of a file are stored as; those with a value that stands for none are float32 in memory. */
export const inputType = ({ masked, dtype }: Pick<InputStack, "masked" | "dtype">): PixelType =>
  masked?.dtype ?? dtype;

/** What is asked for, where that is not the type of the file. */
export function otherType(
  input: Pick<InputStack, "masked" | "dtype">,
  { dtype }: Pick<DenoisedImages, "dtype">,
): DenoisedImages["dtype"] {
  return dtype === inputType(input) ? undefined : dtype;
}
