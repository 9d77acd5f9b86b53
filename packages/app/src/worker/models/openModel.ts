import { methodId } from "@clidim/denoise";
import { loadModel } from "@clidim/denoise/node";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { ModelSummary } from "../../engine/engine.js";
import { addDropped } from "../node/droppedFiles.js";
import { foreignModel } from "./foreignModel.js";
import { keepModel } from "./modelPath.js";

let last = 0;

/** Looks at a model file, and keeps it; `called` is what a command line calls it. */
export async function openModel(file: File, called: string = file.name): Promise<ModelSummary> {
  const path = join(addDropped([{ path: file.name, file }]), file.name);
  const { method, configuration, uncertainty, provenance } = await loadModel(path, methods, foreignModel);
  const model = `model-${++last}`;
  keepModel(model, { path, called });
  const { updates } = provenance;
  const { frames = 1 } = configuration;
  const parts = [
    `${method.title} (${methodId(method)})`,
    ...(typeof updates === "number" ? [`${updates.toLocaleString("en")} updates`] : []),
    ...(frames > 1 ? [`sees ${frames} captures at once`] : []),
  ];
  const drawn = typeof method.sampled(configuration) !== "string";
  const map = uncertainty ? "uncertainty" : drawn ? "scatter" : undefined;
  return {
    ...{ model, name: file.name, method: method.name, summary: parts.join(", ") },
    ...(map && { uncertainty: map }),
  };
}
