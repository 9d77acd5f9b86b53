import { shellWord } from "../shellWord.js";
import type { RunRecord } from "./runRecord.js";

/** The command line that does the same as a run. */
export function trainCommand({ run, method, preset, values, seed, channel, names }: RunRecord): string {
  const words = [
    ...["clidim", "train", "--method", method],
    ...(preset === undefined ? [] : ["--preset", preset]),
    ...Object.entries(values).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ...(seed === 0 ? [] : ["--seed", String(seed)]),
    ...(channel === undefined ? [] : ["--channel", channel]),
    ...["--out", run, "--noisy", ...names.noisy],
    ...(names.clean ? ["--clean", ...names.clean] : []),
  ];
  return words.map(shellWord).join(" ");
}
