import type { Model } from "@clidim/denoise";
import { loadModel } from "@clidim/denoise/node";
import { exportBioimageModel, exportDenoiser } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { ModelAbout, ModelChoice, ModelFileKind, NamedBlob } from "../../engine/engine.js";
import { blobOf, stat } from "../node/fsPromises.js";
import { packageVersion } from "../node/packageVersion.js";
import { isForeign } from "./foreignModel.js";
import { modelName, modelPath } from "./modelPath.js";

/** A model as a file of a kind. */
export async function exportedModel(
  choice: ModelChoice,
  kind: ModelFileKind,
  about?: ModelAbout,
): Promise<NamedBlob> {
  const path = await modelPath(choice);
  const stem = modelName(choice)
    .replace(/\.safetensors$/i, "")
    .replaceAll(/[\\/:*?"<>|]/g, "_");
  if (isForeign(path)) {
    throw new InputError(
      `${modelName(choice)} is a file of another program already; take that to where it is to run`,
    );
  }
  if (kind === "safetensors") {
    const isFolder = (await stat(path)).isDirectory();
    const file = await blobOf(isFolder ? join(path, "model.safetensors") : path);
    // A copy: a training replaces its model.
    return { name: `${stem}.safetensors`, blob: new Blob([await file.arrayBuffer()]) };
  }
  const model = await loadModel(path, methods);
  const bytes = kind === "onnx" ? await onnxOf(model) : await archiveOf(model, about);
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]); // exported bytes are never shared between threads
  return { name: `${stem}.${kind === "onnx" ? "onnx" : "zip"}`, blob };
}

const producer = packageVersion();

const onnxOf = async (model: Model): Promise<Uint8Array> => (await exportDenoiser(model, { producer })).bytes;

async function archiveOf(model: Model, about: ModelAbout | undefined): Promise<Uint8Array> {
  if (!about) {
    throw new InputError(
      "an archive of the BioImage Model Zoo says what it is called, who made it and what others may do with it; give a name, an author and a licence",
      { keys: ["name", "author", "license"] },
    );
  }
  const { name, author, license } = about;
  return (await exportBioimageModel(model, { name, authors: [author], license, producer })).bytes;
}
