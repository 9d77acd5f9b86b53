import { existsSync } from "node:fs";
import { join } from "node:path";
import { RECORDS_NAME } from "../inference/resultRecords.js";
import { demoMarker, trainingFolder } from "./outputFolder.js";

/** What a folder holds that this program has written: `denoiseFiles`, `train` with its preview, or `runDemo` with all that is in it. */
export type ResultsKind = "results" | "training" | "demo";

/** What kind of results a folder holds, by the files in it; undefined where there are none. */
export function resultsIn(folder: string): ResultsKind | undefined {
  const { manifest, checkpoint, model } = trainingFolder(folder);
  if (existsSync(join(folder, RECORDS_NAME))) return "results";
  if (existsSync(manifest) && (existsSync(checkpoint) || existsSync(model))) return "training";
  return existsSync(demoMarker(folder)) ? "demo" : undefined;
}
