import { InputError } from "../image/inputError.js";
import type { ReadOptions } from "../image/source.js";
import type { DecodeCompiled } from "./compiledDecoders.js";
import { readBlob } from "./randomAccess.js";

/** Bytes of a file: so many from an offset on, as far as there are so many, or its last ones. */
export type ByteRange = { readonly offset: number; readonly length: number } | { readonly last: number };

/**
 * The files below a folder, an http address, or what a browser's user has chosen, behind one function. For formats that are many files. Nothing is listed:
 * servers cannot.
 */
export interface FileStore {
  /**
   * A file by its path below the folder, with slashes, or a range of it; undefined where there is no such file. The array is the caller's. One that is there
   * and cannot be read is an `InputError`.
   */
  read(path: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** How what is read is decoded where the decoder is compiled. Default: in the thread that reads. */
  readonly decode?: DecodeCompiled;
}

/** Where a range lies in a file of so many bytes. */
export function resolveByteRange(
  range: ByteRange | undefined,
  byteLength: number,
): { readonly offset: number; readonly length: number } {
  if (!range) return { offset: 0, length: byteLength };
  if ("last" in range) {
    const length = Math.min(range.last, byteLength);
    return { offset: byteLength - length, length };
  }
  const offset = Math.min(range.offset, byteLength);
  return { offset, length: Math.min(range.length, byteLength - offset) };
}

/** Files that a browser's user has dropped or chosen, or any other Blobs, by their paths below the folder. */
export function blobFiles(files: ReadonlyMap<string, Blob>, name: string): FileStore {
  return {
    read: async (path, range) => {
      const blob = files.get(path);
      return blob && readRange(blob, range, `${name}/${path}`);
    },
  };
}

/** What is needed of a browser's `FileSystemDirectoryHandle`. */
export interface DirectoryHandle {
  getDirectoryHandle(name: string): Promise<DirectoryHandle>;
  getFileHandle(name: string): Promise<{ getFile(): Promise<Blob> }>;
}

/** The files of a folder that a browser's user has opened (`showDirectoryPicker`). */
export function directoryFiles(root: DirectoryHandle, name: string): FileStore {
  return {
    read: async (path, range) => {
      const names = path.split("/");
      let blob: Blob;
      try {
        let folder = root;
        for (const part of names.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
        blob = await (await folder.getFileHandle(names.at(-1)!)).getFile(); // split gives at least one
      } catch (error) {
        const reason = error instanceof Error ? error.name : undefined;
        if (reason === "NotFoundError" || reason === "TypeMismatchError") return undefined;
        throw new InputError(
          `read ${name}/${path}: the browser does not give the file; choose the folder again`,
          {
            cause: error,
          },
        );
      }
      return readRange(blob, range, `${name}/${path}`);
    },
  };
}

async function readRange(blob: Blob, range: ByteRange | undefined, name: string): Promise<Uint8Array> {
  const { offset, length } = resolveByteRange(range, blob.size);
  return readBlob(blob, offset, length, name);
}
