import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import { readWholeFile } from "@clidim/imaging/node";
import type { MethodRegistry } from "../protocol/registry.js";
import { importModel, type Model } from "./modelFile.js";

/** Reads models of other programs by the bytes of their files; undefined where a file is none of these. `name` is what messages call it. */
export type ForeignReader = (bytes: Uint8Array, name: string) => Promise<Model | undefined>;

/** The model in a file, or in the model.safetensors of a training folder; with `foreign`, models of other programs as well. */
export async function loadModel(
  path: string,
  methods: MethodRegistry,
  foreign?: ForeignReader,
): Promise<Model> {
  const file = await modelFile(path);
  const bytes = await readWholeFile(file);
  return (await foreign?.(bytes, file)) ?? importModel(bytes, methods, file);
}

/** The file that `loadModel` reads. */
export async function modelFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? join(path, "model.safetensors") : path;
  } catch (error) {
    throw fileError("read", path, error);
  }
}
