import { InputError } from "../image/inputError.js";
import { fileIdentity } from "./fileIdentity.js";
import { filesOfImage } from "./filesOfImage.js";
import { parseFileSpec } from "./parseFileSpec.js";

/**
 * Of files that hold one image together (a set of OME-TIFFs) the first, or the first that knows of the others, in the place of all. Texts with different page ranges are different images. What cannot
 * be read is left as it is.
 */
export async function onePerImage<F extends { readonly file: string }>(files: readonly F[]): Promise<F[]> {
  if (files.length < 2) return [...files];
  const kept = new Set(files);
  /** By the keys of files that are kept, and those that these stand for. */
  const standing = new Map<string, { readonly file: F; readonly others: readonly string[] }>();
  const covered = new Set<string>();
  for (const file of files) {
    const { path, range } = specOf(file.file);
    const keyOf = async (one: string): Promise<string | undefined> => {
      const identity = await fileIdentity(one);
      return identity && `${identity}#${range ? `${range.first}-${range.last}` : ""}`;
    };
    const key = await keyOf(path);
    if (key === undefined) continue;
    if (covered.has(key)) {
      kept.delete(file);
      continue;
    }
    const keys = await Promise.all((await filesOfImage(path)).slice(1).map(keyOf));
    const others = keys.filter((other) => other !== undefined);
    for (const other of others) {
      covered.add(other);
      const before = standing.get(other);
      // One that stands for further files stays.
      if (before?.others.every((further) => others.includes(further))) kept.delete(before.file);
    }
    standing.set(key, { file, others });
  }
  return [...kept];
}

function specOf(text: string) {
  try {
    return parseFileSpec(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { path: text }; // whoever opens it says so again
  }
}
