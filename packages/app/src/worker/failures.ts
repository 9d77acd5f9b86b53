import { InputError } from "@clidim/imaging";
import { DeviceError } from "@clidim/tensor";
import type { EngineError } from "../engine/engine.js";
import { inPageWords } from "./ownRange.js";

/** Why a signal of a job was aborted: the user has ended it. */
export class Stopped extends Error {
  override readonly name: string = "Stopped";
}

/** A text in the page's words, without the folders that files have in the worker alone. */
export const shownText = (text: string): string =>
  inPageWords(text).replaceAll(/\/dropped\/\d+\/|\/storage\/(?:[\w.%~!*'()-]+\/)*/g, "");

/** What a device says, for people. */
const DEVICE: Readonly<Record<DeviceError["kind"], string | undefined>> = {
  lost: "The browser has taken the GPU away, and it did not come back; close what else uses it, then go on.",
  outOfMemory:
    "There is not enough memory for this; close other pages and programs, or choose smaller crops, a smaller batch or a smaller image.",
  limit: "The GPU takes no arrays of this size; choose smaller crops, a smaller batch or a smaller image.",
  validation: undefined,
};

/** What browsers say, each in its own words, where a part of the site that is loaded when it is needed is not to be had. */
const NOT_LOADED = /dynamically imported module|importing a module script failed/i;

/** What is told of something that was thrown. */
export function engineErrorOf(error: unknown): EngineError {
  if (error instanceof Stopped) return { sentence: "Stopped.", stopped: true, internal: false };
  const causes = [error];
  while (causes.at(-1) instanceof Error && (causes.at(-1) as Error).cause !== undefined)
    causes.push((causes.at(-1) as Error).cause);
  const ofDevice = causes.find((cause) => cause instanceof DeviceError);
  const sentence = ofDevice && DEVICE[ofDevice.kind];
  if (sentence !== undefined) return { sentence, stopped: false, internal: false };
  // Browsers throw it where an array is larger than they allow.
  if (
    causes.some((cause) => cause instanceof RangeError && /array|length|alloc|memory/i.test(cause.message))
  ) {
    const tooLarge = "There is not enough memory for this; close other pages, or take a smaller image.";
    return { sentence: tooLarge, stopped: false, internal: false };
  }
  if (causes.some((cause) => cause instanceof TypeError && NOT_LOADED.test(cause.message))) {
    const changed =
      "A part of the page cannot be loaded: the site has changed, or there is no network; save the results that are shown, then reload the page. Stored trainings are kept.";
    return { sentence: changed, stopped: false, internal: false };
  }
  const message = error instanceof Error ? error.message : String(error);
  const told = { sentence: shownText(message), stopped: false };
  if (!(error instanceof InputError)) return { ...told, internal: true };
  const { keys } = error;
  return { ...told, internal: false, ...(keys.length > 0 && { keys }) };
}

/** An engine all of whose methods fail with an `EngineError`. */
export function failing<T extends object>(engine: T): T {
  return Object.fromEntries(
    Object.entries(engine).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        try {
          return await method(...args);
        } catch (error) {
          // Plain data crosses between worker and page, errors lose their members.
          throw engineErrorOf(error);
        }
      },
    ]),
  ) as T; // the same names with functions of the same arguments
}
