import { blobBytes, openImage } from "@clidim/imaging";
import { hashOf } from "./hashOf.js";

/** What a file is read as: dtype and hash of all pixels, or the error. */
async function read(name: string, base64: string): Promise<string> {
  try {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const source = await openImage(name, blobBytes(new Blob([bytes]), name));
    const { data, dtype } = await source.read();
    return `${dtype} ${hashOf(data)}`;
  } catch (error) {
    return String(error);
  }
}

Object.assign(globalThis, {
  readAll: (files: readonly (readonly [string, string])[]): Promise<string[]> =>
    Promise.all(files.map(([name, base64]) => read(name, base64))),
});
