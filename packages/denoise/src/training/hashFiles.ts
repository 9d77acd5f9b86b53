import { fileSpecText, isUrl, urlText } from "@clidim/imaging";
import { hashFile, parseFileSpec } from "@clidim/imaging/node";
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
    const { path, range } = parseFileSpec(name);
    const { bytes, sha256 } = await hashFile(path);
    // An address may have a secret, such as a signature.
    const told = isUrl(path) ? fileSpecText({ path: urlText(path), ...(range && { range }) }) : name;
    files.push({ name: told, bytes, sha256 });
  }
  return files;
}
