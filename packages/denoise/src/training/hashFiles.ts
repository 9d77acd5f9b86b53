import { hashFile, parseFileSpec } from "@clidim/imaging/node";
import { namedInput } from "../inference/resultRecord.js";
import type { DataFile } from "./manifest.js";

/** Those of clean pages, where they are files. */
export async function hashClean<K extends "average" | "none">(
  clean: readonly string[] | K,
): Promise<DataFile[] | K> {
  return typeof clean === "string" ? clean : hashFiles(clean);
}

/** Size and SHA-256 of each file of data, under the name that it was given by. */
export async function hashFiles(specs: readonly string[]): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const name of specs) {
    const { bytes, sha256 } = await hashFile(parseFileSpec(name).path);
    files.push({ name: namedInput(name), bytes, sha256 });
  }
  return files;
}
