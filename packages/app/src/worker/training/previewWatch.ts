import { blobOf } from "../node/fsPromises.js";

/** A function that shows a picture when it is another than the last time. */
export function previewWatch(path: string, show: (png: Blob) => void): () => Promise<void> {
  let before: number | undefined;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    const file = await blobOf(path).catch(() => undefined);
    const changed = file instanceof File ? file.lastModified : undefined;
    if (!file || changed === before) return;
    // A copy, since the file is going to be replaced; if it was meanwhile, the next look shows the new one.
    const bytes = await file.arrayBuffer().catch(() => undefined);
    if (!bytes) return;
    before = changed;
    show(new Blob([bytes], { type: "image/png" }));
  };
  return () => {
    looking = looking.then(look);
    return looking;
  };
}
