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
  const kept = new Map<F, { readonly key: string | undefined; readonly others: ReadonlySet<string> }>();
  for (const file of files) {
    const { path, range } = specOf(file.file);
    const keyOf = async (one: string): Promise<string | undefined> => {
      const identity = await fileIdentity(one);
      return identity && `${identity}#${range ? `${range.first}-${range.last}` : ""}`;
    };
    const key = await keyOf(path);
    if (key !== undefined && [...kept.values()].some(({ others }) => others.has(key))) continue;
    const others = new Set<string>();
    if (key !== undefined) {
      for (const other of (await filesOfImage(path)).slice(1)) others.add((await keyOf(other)) ?? "");
    }
    for (const [before, { key: known }] of kept) {
      if (known !== undefined && others.has(known)) kept.delete(before);
    }
    kept.set(file, { key, others });
  }
  return [...kept.keys()];
}

function specOf(text: string) {
  try {
    return parseFileSpec(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { path: text }; // whoever opens it says so again
  }
}
