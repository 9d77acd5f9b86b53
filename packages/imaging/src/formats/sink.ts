/** Where the bytes of a new file go. They count once all are there: nothing half-written is left behind. */
export interface Sink {
  /** Writes at a byte position; failures (no space, no permission) are `InputError`s that name the file. The bytes may be changed afterwards. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** All bytes are there: the file gets its name and replaces what was there. */
  commit(): Promise<void>;
  /** Removes what was written, and what was there before stays. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/** A sink whose bytes become a Blob, which a browser can offer as a download. */
export interface BlobSink extends Sink {
  /** All bytes; an `Error` before `commit`. */
  blob(): Blob;
}

/** A sink in memory, or where the browser keeps large Blobs. Places that were not written are zero; writing a place twice is an `Error`. */
export function blobSink(type = "application/octet-stream"): BlobSink {
  let parts: { readonly position: number; readonly bytes: Blob }[] | undefined = [];
  let whole: Blob | undefined;
  return {
    write: async (bytes, position) => {
      if (!parts) throw new Error("blobSink: was already committed or aborted");
      // A Blob holds a copy. The bytes of this package's writers are never shared between threads.
      parts.push({ position, bytes: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
    },
    commit: async () => {
      if (!parts) throw new Error("blobSink: was already committed or aborted");
      const sorted = parts.toSorted((a, b) => a.position - b.position);
      const pieces: (Blob | Uint8Array<ArrayBuffer>)[] = [];
      let end = 0;
      for (const { position, bytes } of sorted) {
        if (position < end) throw new Error(`blobSink: byte ${position} was written twice`);
        if (position > end) pieces.push(new Uint8Array(position - end));
        pieces.push(bytes);
        end = position + bytes.size;
      }
      whole = new Blob(pieces, { type });
      parts = undefined;
    },
    abort: async () => {
      parts = undefined;
    },
    blob: () => {
      if (!whole) throw new Error("blobSink: expected commit before blob");
      return whole;
    },
  };
}
