import { basename, dirname } from "node:path";
import { filesBelow } from "./filesBelow.js";
import { filesOfImage } from "./filesOfImage.js";
import { isFolder } from "./folders.js";

/** The files of an image of several, a folder or a set of OME-TIFFs, relative to their folder; undefined of a single file. */
export async function imageFiles(
  path: string,
): Promise<{ readonly folder: string; readonly names: readonly string[] } | undefined> {
  if (await isFolder(path)) return { folder: path, names: await filesBelow(path) };
  const files = await filesOfImage(path);
  if (files.length < 2) return undefined;
  return { folder: dirname(path), names: files.map((file) => basename(file)).sort() };
}
