import { isUrl } from "../formats/httpFiles.js";
import { otherFilesOf } from "../formats/openImage.js";
import { InputError } from "../image/inputError.js";
import { openFile } from "./openFile.js";
import { siblingFiles } from "./siblingFiles.js";

/** The files that the image in a file is read from: a set of OME-TIFFs, in most cases the file alone. One that cannot be read stands for itself: whoever opens it says what is wrong. */
export async function filesOfImage(path: string): Promise<readonly string[]> {
  if (isUrl(path)) return [path];
  const siblings = siblingFiles(path);
  try {
    const file = await openFile(path);
    try {
      return [path, ...(await otherFilesOf(path, file, siblings))];
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [path];
  } finally {
    await siblings.close();
  }
}
