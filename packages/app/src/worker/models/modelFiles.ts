import type { Model } from "@clidim/denoise";
import { loadModel } from "@clidim/denoise/node";
import { exportDenoiser, whyNoBioimageModel } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import type { ModelChoice, ModelFile, ModelFileKind } from "../../engine/engine.js";
import { computer } from "../device.js";
import { whyNotForeign } from "./exportedModel.js";
import { isForeign } from "./foreignModel.js";
import { modelPath } from "./modelPath.js";

const KINDS: readonly ModelFileKind[] = ["safetensors", "onnx", "bmz"];

/** As what files a model can be taken away, which is found by trying. */
export async function modelFiles(choice: ModelChoice): Promise<readonly ModelFile[]> {
  const path = await modelPath(choice);
  if (isForeign(path)) return KINDS.map((kind) => ({ kind, refused: whyNotForeign(choice) }));
  await computer();
  const model = await loadModel(path, methods);
  const onnx = await asNetwork(model);
  const refused = onnx.refused ?? whyNoBioimageModel(model);
  return [
    { kind: "safetensors" },
    { kind: "onnx", ...onnx },
    { kind: "bmz", ...onnx, ...(refused !== undefined && { refused }) },
  ];
}

async function asNetwork(model: Model): Promise<Omit<ModelFile, "kind">> {
  try {
    await exportDenoiser(model);
    return {};
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!error.keys.includes("size")) return { refused: error.message };
    return { multiple: model.method.geometry(model.configuration).multiple };
  }
}
