export interface InputErrorOptions extends ErrorOptions {
  /**
   * Which keys of the options or of the configuration to change: "seed", "crop". Messages name keys as programs and files have them; what they are called in a command line or a form
   * is known there.
   */
  readonly keys?: readonly string[];
  /** The file or folder that cannot be used, where it is one. */
  readonly file?: string;
}

/**
 * What the user gave cannot be used: a missing or damaged file, pages that do not match, a constant image.
 * The message is one sentence that names the file and says what was expected; it is shown without a stack trace.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly keys: readonly string[];
  #file: string | undefined;

  constructor(message: string, { keys = [], file, ...options }: InputErrorOptions = {}) {
    super(message, options);
    this.keys = keys;
    this.#file = file;
  }

  /** The file or folder that cannot be used, as it was named, where it is one. */
  get file(): string | undefined {
    return this.#file;
  }

  /** What `work` resolves to; an `InputError` in it that speaks of no file yet is one of this file. */
  static async of<T>(file: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InputError) error.#file ??= file;
      throw error;
    }
  }
}
