import { commandLine } from "../commandLine.js";
import { fileWord } from "../fileWord.js";
import type { RunRecord } from "./runRecord.js";

/** The command line that does the same as a run. */
export function trainCommand({ run, method, preset, values, seed, channel, names }: RunRecord): string {
  return commandLine([
    ...["train", "--method", method],
    ...(preset === undefined ? [] : ["--preset", preset]),
    ...Object.entries(values).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ...(seed === 0 ? [] : ["--seed", String(seed)]),
    ...(channel === undefined ? [] : ["--channel", channel]),
    ...["--out", fileWord(run), "--noisy", ...names.noisy.map(fileWord)],
    ...(names.clean ? ["--clean", ...names.clean.map(fileWord)] : []),
  ]);
}
