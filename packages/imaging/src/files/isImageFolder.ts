import type { ImageFormat } from "../formats/format.js";
import { formatOfName } from "../formats/formatOfName.js";
import { imageFormats } from "../formats/registry.js";
import { folderFiles } from "./folderFiles.js";
import { isFolder } from "./folders.js";

/** Whether a path is a folder that is one image, by its files or by its name: it is opened as a whole, and what is in it are no images by themselves. */
export async function isImageFolder(
  path: string,
  formats: readonly ImageFormat[] = imageFormats,
): Promise<boolean> {
  if (!(await isFolder(path))) return false;
  const ofFolders = formats.filter((format) => format.folder === true);
  if (formatOfName(path, ofFolders)) return true;
  for (const format of ofFolders) if (await format.matches(path, folderFiles(path))) return true;
  return false;
}
