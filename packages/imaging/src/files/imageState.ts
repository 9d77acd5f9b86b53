import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./fileError.js";
import { imageFiles } from "./imageFiles.js";

/** What the file system tells of an image without its files being read. */
export interface ImageState {
  /** Of all its files. */
  readonly bytes: number;
  /** When one of them was last written to. */
  readonly modified: Date;
  /** When one of them was last written to or put there: copies may have the time of what they were copied from, their status has not. */
  readonly changed: Date;
}

/** Bytes and times of a file, or of all files of one image (a folder with the folder itself, a set of OME-TIFFs). An `InputError` where one cannot be looked at. */
export async function imageState(path: string): Promise<ImageState> {
  const { folder, names } = (await imageFiles(path)) ?? { folder: path, names: [] };
  let [bytes, modified, changed] = [0, 0, 0];
  for (const file of new Set([path, ...names.map((name) => join(folder, name))])) {
    try {
      const stats = await stat(file);
      if (stats.isFile()) bytes += stats.size;
      modified = Math.max(modified, stats.mtime.getTime());
      changed = Math.max(changed, stats.ctime.getTime());
    } catch (error) {
      throw fileError("read", file, error);
    }
  }
  return { bytes, modified: new Date(modified), changed: new Date(changed) };
}
