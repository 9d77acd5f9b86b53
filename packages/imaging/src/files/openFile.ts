import { fstatSync, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { RandomAccess } from "../formats/randomAccess.js";
import { InputError } from "../image/inputError.js";
import { decodeApart } from "./decodingThread.js";
import { fileError } from "./fileError.js";

/** An open file. */
export interface OpenFile extends RandomAccess {
  close(): Promise<void>;
}

/**
 * Opens a file for reading piece by piece. One that is missing, a folder, a pipe, a device or may not be read is an `InputError`, as is whatever the file system says later. Any number may be open: the
 * operating system, which allows a process few, has those open that were read last, and one that is not is opened again when it is read; one that is another file by then is an `InputError`,
 * as is one that was written to, cut off or removed since it was opened: what was read of it before does not belong to what is read now.
 */
export async function openFile(path: string): Promise<OpenFile> {
  const file = new ReopenedFile(path);
  try {
    await file.use(async () => undefined);
    return file;
  } catch (error) {
    await file.close();
    throw fileError("read", path, error);
  }
}

/** Node ends the process where more than 2^31 - 1 bytes are to be read at once. */
const READ_BYTES = 2 ** 30;

/** So many files are kept open that nobody reads. Systems allow 256 and more. */
const KEPT = 64;

/** Files that are open and not being read, the one read last at the end. */
const idle = new Set<ReopenedFile>();

const identityOf = ({ dev, ino, size, mtimeMs }: Stats): string => [dev, ino, size, mtimeMs].join();

class ReopenedFile implements OpenFile {
  byteLength = 0;
  readonly decode = decodeApart;
  readonly #path: string;
  #handle: Promise<FileHandle> | undefined;
  #identity: string | undefined;
  /** Whether the file system counts names. */
  #named = false;
  #users = 0;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async use<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error(`read ${this.#path}: the file was closed`);
    idle.delete(this);
    this.#users++;
    try {
      this.#handle ??= this.#open();
      return await work(await this.#handle);
    } finally {
      this.#users--;
      if (this.#users === 0) {
        if (this.#closed) await this.release();
        else if (this.#handle) await keep(this);
      }
    }
  }

  async #open(): Promise<FileHandle> {
    let handle: FileHandle | undefined;
    try {
      // Before it is opened: to open a pipe waits until another program writes to it, and to open a device may do something.
      const found = await stat(this.#path);
      if (found.isDirectory()) throw new InputError(`read ${this.#path}: is a folder, expected a file`);
      if (!found.isFile()) {
        throw new InputError(
          `read ${this.#path}: is a pipe, a socket or a device, expected a file; write what it gives to a file first`,
        );
      }
      handle = await open(this.#path, "r");
      const there = await handle.stat();
      this.#identity ??= identityOf(there);
      this.#check(there);
      this.#named ||= there.nlink > 0;
      this.byteLength = there.size;
      return handle;
    } catch (error) {
      this.#handle = undefined;
      await handle?.close();
      throw error;
    }
  }

  #check(there: Stats): void {
    if (identityOf(there) !== this.#identity) {
      throw new InputError(`read ${this.#path}: the file was changed while it was read`);
    }
    if (this.#named && there.nlink === 0) {
      throw new InputError(`read ${this.#path}: the file was removed or replaced while it was read`);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const short = (there: number): InputError =>
      new InputError(
        `read ${this.#path}: expected ${length} bytes from byte ${offset} on, the file ends after ${there}`,
      );
    // Before memory is taken for them.
    if (!(offset + length <= this.byteLength)) throw short(Math.max(0, this.byteLength - offset));
    const buffer = new Uint8Array(length);
    try {
      await this.use(async (handle) => {
        for (let done = 0; done < length; ) {
          const wanted = Math.min(length - done, READ_BYTES);
          const { bytesRead } = await handle.read(buffer, done, wanted, offset + done);
          if (bytesRead === 0) throw short(done);
          done += bytesRead;
        }
        // At once: to ask another thread takes longer than the answer.
        this.#check(fstatSync(handle.fd));
      });
    } catch (error) {
      throw fileError("read", this.#path, error);
    }
    return buffer;
  }

  /** Gives the handle back. */
  async release(): Promise<void> {
    idle.delete(this);
    const handle = this.#handle;
    this.#handle = undefined;
    await (await handle)?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#users === 0) await this.release();
  }
}

/** Keeps a file open that nobody reads just now, in place of the one that was not read for longest. */
async function keep(file: ReopenedFile): Promise<void> {
  idle.add(file);
  const [oldest] = idle;
  if (idle.size > KEPT && oldest) await oldest.release();
}
