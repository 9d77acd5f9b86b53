import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sibling, Siblings } from "../formats/siblings.js";
import { type OpenFile, openFile } from "./openFile.js";

/** Siblings that are closed together. */
export interface SiblingFiles extends Siblings {
  close(): Promise<void>;
}

/** The files of the folder that a file is in. Each is opened once. */
export function siblingFiles(path: string): SiblingFiles {
  const opened = new Map<string, Promise<(Sibling & { readonly bytes: OpenFile }) | undefined>>();
  const openOne = async (name: string) => {
    const sibling = join(dirname(path), name);
    const isThere = await stat(sibling).then(
      () => true,
      () => false,
    );
    return isThere ? { path: sibling, bytes: await openFile(sibling) } : undefined;
  };
  return {
    open: (name) => {
      const sibling = opened.get(name) ?? openOne(name);
      opened.set(name, sibling);
      return sibling;
    },
    close: async () => {
      for (const sibling of opened.values()) await (await sibling.catch(() => undefined))?.bytes.close();
    },
  };
}
