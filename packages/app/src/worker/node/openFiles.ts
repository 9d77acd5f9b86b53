import { bytesOf } from "./bytesOf.js";
import type { Stats } from "./stats.js";
import { fileStats, writtenStats } from "./stats.js";
import type { SyncAccess } from "./storage.js";
import { systemError, withCode } from "./systemError.js";

/** What is open, by its number. */
const open = new Map<number, () => Stats>();
let last = 2;

/** An open file, as far as the library uses Node's. */
export interface FileHandle {
  readonly fd: number;
  stat(): Promise<Stats>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(size?: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Of an open file, at once. */
export function fstatSync(fd: number): Stats {
  const stats = open.get(fd);
  if (!stats) throw systemError("EBADF", String(fd));
  return stats();
}

/** A file to be read: as it is now. Bytes of one that changes later cannot be read. */
export function readingHandle(path: string, file: Blob): FileHandle {
  const fd = ++last;
  open.set(fd, () => fileStats(file));
  const readOnly = (): Promise<never> => Promise.reject(systemError("EBADF", path));
  return {
    fd,
    stat: async () => fstatSync(fd),
    read: async (buffer, offset, length, position) => {
      const bytes = await bytesOf(path, file.slice(position, position + length));
      buffer.set(bytes, offset);
      return { bytesRead: bytes.length };
    },
    write: readOnly,
    truncate: readOnly,
    sync: async () => undefined,
    close: async () => void open.delete(fd),
  };
}

/** A file of the storage to be written, and read. */
export function writingHandle(path: string, access: SyncAccess): FileHandle {
  const fd = ++last;
  open.set(fd, () => writtenStats(access.getSize()));
  return {
    fd,
    stat: async () => fstatSync(fd),
    read: (buffer, offset, length, position) =>
      withCode(path, () => ({
        bytesRead: access.read(buffer.subarray(offset, offset + length), { at: position }),
      })),
    write: (buffer, offset, length, position) =>
      withCode(path, () => {
        const bytesWritten = access.write(buffer.subarray(offset, offset + length), { at: position });
        if (bytesWritten === 0 && length > 0) throw systemError("ENOSPC", path);
        return { bytesWritten };
      }),
    truncate: (size = 0) => withCode(path, () => access.truncate(size)),
    sync: () => withCode(path, () => access.flush()),
    close: async () => {
      if (open.delete(fd)) access.close();
    },
  };
}
