import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import type { MethodRegistry } from "../protocol/registry.js";
import { importModel, type Model } from "./modelFile.js";

/** The model in a file, or in the model.safetensors of a training folder. */
export async function loadModel(path: string, methods: MethodRegistry): Promise<Model> {
  let file = path;
  try {
    if ((await stat(path)).isDirectory()) file = join(path, "model.safetensors");
    return importModel(await readFile(file), methods, file);
  } catch (error) {
    throw fileError("read", file, error);
  }
}
