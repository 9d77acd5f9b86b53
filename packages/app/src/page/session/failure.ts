import type { EngineError } from "../../engine/engine.js";

/** What went wrong, as the page shows it. */
export interface Failure {
  readonly sentence: string;
  /** For a report of mistakes of the program's own: the stack, as it came. */
  readonly details?: string;
  /** What of the request to change, see `EngineError`. */
  readonly keys?: readonly string[];
}

const isEngineError = (error: unknown): error is EngineError =>
  typeof error === "object" && error !== null && "sentence" in error && typeof error.sentence === "string";

/** What a call of the engine was rejected with, in words; undefined where the user has stopped it. */
export function failureOf(error: unknown): Failure | undefined {
  if (isEngineError(error)) {
    if (error.stopped) return undefined;
    return error.internal
      ? {
          sentence:
            "Something went wrong in the program itself. Your images and stored trainings are kept; try it once more.",
          details: error.sentence,
        }
      : { sentence: error.sentence, ...(error.keys && { keys: error.keys }) };
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    sentence:
      "Something went wrong in the program itself. Your images and stored trainings are kept; try it once more.",
    details,
  };
}
