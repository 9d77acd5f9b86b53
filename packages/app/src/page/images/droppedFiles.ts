import type { DroppedFile, EngineError } from "../../engine/engine.js";

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** A folder's entries, which come some at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function filesOf(entry: FileSystemEntry, number: number): Promise<DroppedFile[]> {
  const path = entry.fullPath.replace(/^\//, "");
  // What is no folder is a file.
  if (!entry.isDirectory) return [{ path, file: await fileOf(entry as FileSystemFileEntry), entry: number }];
  const inside = await entriesOf(entry as FileSystemDirectoryEntry);
  return (await Promise.all(inside.map((one) => filesOf(one, number)))).flat();
}

/** What was dropped: files, and those of folders with their paths. Entries are asked for at once, since they are gone after the event. What cannot be read is an `EngineError`. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return chosenFiles(transfer.files);
  try {
    return (await Promise.all(entries.map(filesOf))).flat();
  } catch (error) {
    const why = error instanceof Error ? `: ${error.message}` : "";
    const sentence = `the browser cannot read it${why}; see whether it is still there and may be read, or open it by the button`;
    throw { sentence, stopped: false, internal: false } satisfies EngineError;
  }
}

/** What was chosen in a dialogue. */
export const chosenFiles = (files: FileList): DroppedFile[] =>
  [...files].map((file, i) =>
    file.webkitRelativePath
      ? { path: file.webkitRelativePath, file, entry: 0 } // of the only folder
      : { path: file.name, file, entry: i },
  );
