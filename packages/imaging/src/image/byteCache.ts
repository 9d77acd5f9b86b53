interface Entry {
  readonly value: Promise<ArrayBufferView>;
  /** Bytes of the value; undefined while it is being made. */
  bytes?: number;
  /** The part that it belongs to. */
  readonly owner: CachePart;
}

/**
 * Arrays that cost time to come by, of which those used last are kept, as many as fit into `byteLimit`. Several users share one limit, each with a part of its
 * own. What is being made, and what users hold, is not counted.
 */
export class ByteCache {
  readonly byteLimit: number;
  /** By part and key; a Map lists them in the order in which they were last used. */
  readonly #entries = new Map<string, Entry>();
  #byteLength = 0;
  #parts = 0;

  constructor(byteLimit: number) {
    if (!(byteLimit >= 0))
      throw new Error(`ByteCache: expected a limit of 0 bytes or more, got ${byteLimit}`);
    this.byteLimit = byteLimit;
  }

  /** Bytes that are kept; at most the limit. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Bytes that are kept for one part. */
  byteLengthOf(part: CachePart): number {
    let sum = 0;
    for (const { owner, bytes = 0 } of this.#entries.values()) if (owner === part) sum += bytes;
    return sum;
  }

  /** A part whose keys are no other's. */
  part(): CachePart {
    const prefix = `${this.#parts++}:`;
    const part: CachePart = {
      get: <T extends ArrayBufferView>(key: string, make: () => Promise<T>) =>
        // One key of one part always stands for the same array.
        this.#get(prefix + key, part, make) as Promise<T>,
      clear: () => this.#clear(part),
    };
    return part;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#byteLength = 0;
  }

  async #get(key: string, owner: CachePart, make: () => Promise<ArrayBufferView>): Promise<ArrayBufferView> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value;
    }
    const entry: Entry = { value: make(), owner };
    this.#entries.set(key, entry);
    // Meanwhile it may have been forgotten.
    const isThere = (): boolean => this.#entries.get(key) === entry;
    try {
      const { byteLength } = await entry.value;
      if (isThere()) this.#keep(key, entry, byteLength);
    } catch (error) {
      if (isThere()) this.#entries.delete(key);
      throw error;
    }
    return entry.value;
  }

  #keep(key: string, entry: Entry, bytes: number): void {
    if (bytes > this.byteLimit) {
      this.#entries.delete(key);
      return;
    }
    // What took long to make was not used as long ago as its making began.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.bytes = bytes;
    this.#byteLength += bytes;
    for (const [oldest, { bytes: size }] of this.#entries) {
      if (this.#byteLength <= this.byteLimit) return;
      if (size === undefined) continue;
      this.#entries.delete(oldest);
      this.#byteLength -= size;
    }
  }

  #clear(part: CachePart): void {
    for (const [key, { owner, bytes = 0 }] of this.#entries) {
      if (owner !== part) continue;
      this.#entries.delete(key);
      this.#byteLength -= bytes;
    }
  }
}

/** What one user keeps in a cache. */
export interface CachePart {
  /** The array of a key, made where it is not kept; wanted twice at a time, it is made once. Nobody writes to it. */
  get<T extends ArrayBufferView>(key: string, make: () => Promise<T>): Promise<T>;
  /** Forgets all keys. */
  clear(): void;
}
