import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import { readWholeFile } from "@clidim/imaging/node";
import type { MethodRegistry } from "../protocol/registry.js";
import { importModel, type Model } from "./modelFile.js";

/** The model in a file, or in the model.safetensors of a training folder. */
export async function loadModel(path: string, methods: MethodRegistry): Promise<Model> {
  const file = await modelFile(path);
  return importModel(await readWholeFile(file), methods, file);
}

/** The file that `loadModel` reads. */
export async function modelFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? join(path, "model.safetensors") : path;
  } catch (error) {
    throw fileError("read", path, error);
  }
}
