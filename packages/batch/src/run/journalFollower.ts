import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import { entryIn, type JournalEntry, journalFolder } from "./journal.js";

const LINE_END = 10;

/** A line that is new, and the folder of the results that it speaks of: jobs of two folders may have one number. */
export interface FollowedEntry {
  readonly out: string;
  readonly entry: JournalEntry;
}

/** What is new in the journals of some folders of results, whoever writes it, on whichever machine. */
export class JournalFollower {
  readonly #outs: readonly string[];
  /** Of each journal, the bytes of whole lines that were read. */
  readonly #read = new Map<string, number>();

  constructor(outs: readonly string[]) {
    this.#outs = outs;
  }

  /** The lines since the last call. */
  async poll(): Promise<FollowedEntry[]> {
    const entries: FollowedEntry[] = [];
    for (const out of this.#outs) {
      const folder = journalFolder(out);
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter((one) => one.endsWith(".jsonl"))) {
        const path = join(folder, name);
        try {
          for (const line of await this.#newLines(path)) {
            const entry = entryIn(line);
            if (entry) entries.push({ out, entry });
          }
        } catch (error) {
          throw fileError("read", path, error);
        }
      }
    }
    return entries;
  }

  async #newLines(path: string): Promise<string[]> {
    const from = this.#read.get(path) ?? 0;
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - from));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      const whole = bytes.subarray(0, bytes.subarray(0, bytesRead).lastIndexOf(LINE_END) + 1);
      this.#read.set(path, from + whole.length);
      return whole.toString("utf8").split("\n");
    } finally {
      await file.close();
    }
  }
}
