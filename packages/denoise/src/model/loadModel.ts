import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import { type FileHash, readWholeFile } from "@clidim/imaging/node";
import type { MethodRegistry } from "../protocol/registry.js";
import { importModel, type Model } from "./modelFile.js";

/** Reads models of other programs by the bytes of their files; undefined where a file is none of these. `name` is what messages call it. */
export type ForeignReader = (bytes: Uint8Array, name: string) => Promise<Model | undefined>;

/** A model, and the file that it was read from. */
export interface ModelInFile {
  readonly model: Model;
  /** Of the bytes that the model is made of, whatever replaces the file meanwhile. */
  readonly file: FileHash;
}

/** The model in a file, or in the model.safetensors of a training folder; with `foreign`, models of other programs as well. */
export async function loadModel(
  path: string,
  methods: MethodRegistry,
  foreign?: ForeignReader,
): Promise<Model> {
  return (await loadModelInFile(path, methods, foreign)).model;
}

/** `loadModel`, with what records say of the file. */
export async function loadModelInFile(
  path: string,
  methods: MethodRegistry,
  foreign?: ForeignReader,
): Promise<ModelInFile> {
  const file = await modelFile(path);
  const bytes = await readWholeFile(file);
  // Before anybody is given the bytes to read, who might change them.
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const model = (await foreign?.(bytes, file)) ?? importModel(bytes, methods, file);
  return { model, file: { path: file, bytes: bytes.length, sha256 } };
}

/** The file that `loadModel` reads. */
export async function modelFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? join(path, "model.safetensors") : path;
  } catch (error) {
    throw fileError("read", path, error);
  }
}
