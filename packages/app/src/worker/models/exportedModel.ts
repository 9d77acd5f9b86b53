import type { Model } from "@clidim/denoise";
import { loadModel } from "@clidim/denoise/node";
import { exportBioimageModel, exportDenoiser } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { ExportDetails, ModelChoice, ModelFileKind, NamedBlob } from "../../engine/engine.js";
import { computer, onAnotherDevice } from "../device.js";
import { blobOf, stat } from "../node/fsPromises.js";
import { packageVersion } from "../node/packageVersion.js";
import { isForeign } from "./foreignModel.js";
import { modelName, modelPath } from "./modelPath.js";

/** A model as a file of a kind. */
export async function exportedModel(
  choice: ModelChoice,
  kind: ModelFileKind,
  details: ExportDetails = {},
): Promise<NamedBlob> {
  const path = await modelPath(choice);
  const stem = modelName(choice)
    .replace(/\.safetensors$/i, "")
    .replaceAll(/[\\/:*?"<>|]/g, "_");
  if (isForeign(path)) {
    throw new InputError(whyNotForeign(choice));
  }
  if (kind === "safetensors") {
    const isFolder = (await stat(path)).isDirectory();
    const file = await blobOf(isFolder ? join(path, "model.safetensors") : path);
    // A copy: a training replaces its model.
    return { name: `${stem}.safetensors`, blob: new Blob([await file.arrayBuffer()]) };
  }
  const make = async (): Promise<Uint8Array> => {
    // The archive has results of the model in it.
    await computer();
    const model = await loadModel(path, methods);
    return kind === "onnx" ? onnxOf(model, details) : archiveOf(model, details);
  };
  // It is the same file, so that nobody is told.
  const bytes = await onAnotherDevice(make, {
    times: 1,
    goingOn: "beginning anew",
    onWarning: () => undefined,
  });
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]); // exported bytes are never shared between threads
  return { name: `${stem}.${kind === "onnx" ? "onnx" : "zip"}`, blob };
}

const producer = packageVersion();

/** Why a network of another program is no file of this one. */
export const whyNotForeign = (choice: ModelChoice): string =>
  `${modelName(choice)} is a file of another program already; take that to where it is to run`;

const onnxOf = async (model: Model, { size }: ExportDetails): Promise<Uint8Array> =>
  (await exportDenoiser(model, { producer, ...(size && { size }) })).bytes;

async function archiveOf(model: Model, { about, size }: ExportDetails): Promise<Uint8Array> {
  if (!about) {
    throw new InputError(
      "an archive of the BioImage Model Zoo says what it is called, who made it and what others may do with it; give a name, an author and a licence",
      { keys: ["name", "author", "license"] },
    );
  }
  const { name, author, license } = about;
  const options = { name, authors: [author], license, producer, ...(size && { size }) };
  return (await exportBioimageModel(model, options)).bytes;
}
