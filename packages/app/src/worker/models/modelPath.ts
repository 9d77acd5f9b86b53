import { InputError } from "@clidim/imaging";
import { join } from "pathe";
import type { ModelChoice } from "../../engine/engine.js";

/** Where runs are kept, a folder each. */
export const RUNS = "/storage/runs";

/** The folder of a run. Its name may be anything. */
export const runFolder = (run: string): string => join(RUNS, encodeURIComponent(run).replaceAll(".", "%2E"));

/** The run of a folder's name. */
export const runOf = (folder: string): string => decodeURIComponent(folder);

/** What `train` writes of a run. */
export const trainingPath = (run: string): string => join(runFolder(run), "model");

/** A model file that was opened. */
interface KeptModel {
  readonly path: string;
  /** As a command line has it. */
  readonly called: string;
}

const opened = new Map<string, KeptModel>();

/** Keeps where a model file is that was opened. */
export function keepModel(model: string, file: KeptModel): void {
  opened.set(model, file);
}

/** What a command line would call a model: the file that a run is saved as. */
export const modelName = (model: ModelChoice): string =>
  "run" in model ? `${model.run}.safetensors` : (opened.get(model.model)?.called ?? model.model);

/** What the library reads of a model: a file, or the folder of a training. */
export async function modelPath(model: ModelChoice): Promise<string> {
  if ("run" in model) return trainingPath(model.run);
  const path = opened.get(model.model)?.path;
  if (path === undefined) throw new InputError("this model was dropped before a reload; drop it again");
  return path;
}
