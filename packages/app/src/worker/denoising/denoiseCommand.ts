import type { DenoiseRequest } from "../../engine/engine.js";
import { commandLine } from "../commandLine.js";
import { fileWord } from "../fileWord.js";
import { modelName } from "../models/modelPath.js";
import { PASSES } from "./passes.js";

/** The command line that does the same as a request; `channel`: the one that is denoised, where others are copied. */
export function denoiseCommand(
  { by, uncertainty, normalization }: DenoiseRequest,
  name: string,
  report: boolean,
  channel?: string,
): string {
  return commandLine([
    ...["denoise", ...howOf(by)],
    ...(channel === undefined ? [] : ["--channel", channel]),
    ...(uncertainty && by.kind === "model" ? ["--uncertainty", String(PASSES)] : []),
    ...(normalization && by.kind === "model" ? ["--normalization", normalization] : []),
    ...(report ? ["--report"] : []),
    ...["--out", "denoised", fileWord(name)],
  ]);
}

function howOf(by: DenoiseRequest["by"]): readonly string[] {
  switch (by.kind) {
    case "automatic":
      return [];
    case "method":
      return ["--method", by.name];
    case "model":
      return ["--model", fileWord(modelName(by))];
    default:
      return by satisfies never;
  }
}
