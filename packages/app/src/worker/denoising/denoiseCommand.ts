import type { DenoiseRequest } from "../../engine/engine.js";
import { modelName } from "../models/modelPath.js";
import { shellWord } from "../shellWord.js";
import { PASSES } from "./passes.js";

/** The command line that does the same as a request. */
export function denoiseCommand({ by, uncertainty }: DenoiseRequest, name: string, report: boolean): string {
  const words = [
    ...["clidim", "denoise", ...howOf(by)],
    ...(uncertainty && by.kind === "model" ? ["--uncertainty", String(PASSES)] : []),
    ...(report ? ["--report"] : []),
    ...["--out", "denoised", name],
  ];
  return words.map(shellWord).join(" ");
}

function howOf(by: DenoiseRequest["by"]): readonly string[] {
  switch (by.kind) {
    case "automatic":
      return [];
    case "method":
      return ["--method", by.name];
    case "model":
      return ["--model", modelName(by)];
    default:
      return by satisfies never;
  }
}
