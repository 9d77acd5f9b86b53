export interface InputErrorOptions extends ErrorOptions {
  /**
   * Which keys of the options or of the configuration to change: "seed", "crop". Messages name keys as programs and files have them; what they are called in a command line or a form
   * is known there.
   */
  readonly keys?: readonly string[];
}

/**
 * What the user gave cannot be used: a missing or damaged file, pages that do not match, a constant image.
 * The message is one sentence that names the file and says what was expected; it is shown without a stack trace.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly keys: readonly string[];

  constructor(message: string, { keys = [], ...options }: InputErrorOptions = {}) {
    super(message, options);
    this.keys = keys;
  }
}
