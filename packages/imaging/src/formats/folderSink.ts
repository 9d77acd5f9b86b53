import { type BlobSink, blobSink, type Sink } from "./sink.js";

/** Where the files of a new folder go. They count once all are there: nothing half-written is left behind. */
export interface FolderSink {
  /** Starts a file at a path below the folder, with slashes; folders on the way come by themselves. It is committed before the folder is. */
  create(path: string): Promise<Sink>;
  /** All files are there: the folder gets its name and replaces what was there. */
  commit(): Promise<void>;
  /** Removes what was written, and what was there before stays. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/** Writes a whole file of a folder. */
export async function writeInto(folder: FolderSink, path: string, contents: Uint8Array): Promise<void> {
  const file = await folder.create(path);
  await file.write(contents, 0);
  await file.commit();
}

/** A folder whose files become Blobs. */
export interface BlobFolderSink extends FolderSink {
  /** All files by path; an `Error` before `commit`. */
  files(): ReadonlyMap<string, Blob>;
}

/** A folder in memory, or where the browser keeps large Blobs. */
export function blobFolderSink(): BlobFolderSink {
  const sinks = new Map<string, BlobSink>();
  let state: "open" | "committed" | "aborted" = "open";
  const expectOpen = (): void => {
    if (state !== "open") throw new Error(`blobFolderSink: was already ${state}`);
  };
  return {
    create: async (path) => {
      expectOpen();
      if (sinks.has(path)) throw new Error(`blobFolderSink: ${path} was written twice`);
      const sink = blobSink();
      sinks.set(path, sink);
      return sink;
    },
    commit: async () => {
      expectOpen();
      for (const sink of sinks.values()) sink.blob(); // one that is not committed says so
      state = "committed";
    },
    abort: async () => {
      if (state !== "open") return;
      state = "aborted";
      sinks.clear();
    },
    files: () => {
      if (state !== "committed") throw new Error("blobFolderSink: expected commit before files");
      return new Map([...sinks].map(([path, sink]) => [path, sink.blob()]));
    },
  };
}
