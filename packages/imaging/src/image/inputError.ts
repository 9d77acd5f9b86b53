/**
 * What the user gave cannot be used: a missing or damaged file, pages that do not match, a constant image.
 * The message is one sentence that names the file and says what was expected; it is shown without a stack trace.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
}
