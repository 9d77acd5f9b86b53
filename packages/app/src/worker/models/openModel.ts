import { type Model, methodId } from "@clidim/denoise";
import { loadModel } from "@clidim/denoise/node";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { ModelSummary } from "../../engine/engine.js";
import { createHash } from "../node/crypto.js";
import { addDropped, removeDropped } from "../node/droppedFiles.js";
import { foreignModel } from "./foreignModel.js";
import { keepModel } from "./modelPath.js";
import { trainedOnText } from "./trainedOnText.js";

let last = 0;
/** The names and the words of those that were opened: another one of the same is told from them. */
const described = new Set<string>();

const checksumOf = async (file: File): Promise<string> =>
  createHash("sha256")
    .update(new Uint8Array(await file.arrayBuffer()))
    .digest("hex");

/** Looks at a model file, and keeps it; `called` is what a command line calls it. */
export async function openModel(file: File, called: string = file.name): Promise<ModelSummary> {
  const folder = addDropped([{ path: file.name, file }]);
  const path = join(folder, file.name);
  const loaded = await loadModel(path, methods, foreignModel).catch((error: unknown) => {
    removeDropped(folder);
    throw error;
  });
  const { method, configuration, provenance } = loaded;
  const model = `model-${++last}`;
  keepModel(model, { path, called });
  const { updates } = provenance;
  const { frames = 1 } = configuration;
  const parts = [
    `${method.title} (${methodId(method)})`,
    ...(typeof updates === "number" ? [`${updates.toLocaleString("en")} updates`] : []),
    ...(frames > 1 ? [`sees ${frames} captures at once`] : []),
    ...trainedOnText(loaded),
  ];
  const words = [file.name, ...parts].join("\n");
  if (described.has(words)) parts.push(`checksum ${(await checksumOf(file)).slice(0, 8)}`);
  described.add(words);
  const map = mapOf(loaded);
  return {
    ...{ model, name: file.name, method: method.name, summary: parts.join(", ") },
    ...(map && { uncertainty: map }),
  };
}

/** The map that a model can give: of errors where it was calibrated, else between passes of networks that draw. Of images in units of their noise there is none. */
export function mapOf({
  method,
  configuration,
  uncertainty,
  units,
}: Pick<Model, "method" | "configuration" | "units"> & {
  readonly uncertainty?: Model["uncertainty"] | undefined;
}): ModelSummary["uncertainty"] {
  if (units === "noise") return undefined;
  if (uncertainty) return "uncertainty";
  return typeof method.sampled(configuration) === "string" ? undefined : "scatter";
}
