import type { DenoiseRequest } from "../../engine/engine.js";
import { modelName } from "../models/modelPath.js";
import { shellWord } from "../shellWord.js";
import { PASSES } from "./passes.js";

/** The command line that does the same as a request. */
export function denoiseCommand({ by, uncertainty }: DenoiseRequest, name: string, report: boolean): string {
  const how =
    by.kind === "automatic" ? [] : by.kind === "method" ? ["--method", by.name] : ["--model", modelName(by)];
  const words = [
    ...["clidim", "denoise", ...how],
    ...(uncertainty && by.kind === "model" ? ["--uncertainty", String(PASSES)] : []),
    ...(report ? ["--report"] : []),
    ...["--out", "denoised", name],
  ];
  return words.map(shellWord).join(" ");
}
