import { randomBytes } from "node:crypto";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileError } from "@clidim/imaging";
import { makeFolder } from "@clidim/imaging/node";
import { z } from "zod";
import { type Done, type Failed, outcomeSchema } from "./outcome.js";

/** Below the folder of the results, hidden: what batches know of their jobs. */
export const STATE_FOLDER = ".batch";

/** What there is to say of an attempt at a job: what became of it, and whether the job was given up, or is to be tried again after that. */
export type Said = { readonly job: string /** Counted from 1. */; readonly attempt: number } & (
  | Done
  | Failed
  | { readonly status: "dead"; readonly error: string }
  | { readonly status: "revived" }
);

/** One line of a journal: also who says so and when (ISO 8601). */
export type JournalEntry = Said & { readonly worker: string; readonly at: string };

const schema: z.ZodType<JournalEntry> = z.intersection(
  z.object({ job: z.string(), attempt: z.number(), worker: z.string(), at: z.string() }),
  z.union([
    outcomeSchema,
    z.object({ status: z.literal("dead"), error: z.string() }),
    z.object({ status: z.literal("revived") }),
  ]),
);

/** This process among those of all hosts. */
export const workerName = (): string => `${hostname()}:${process.pid}`;

/**
 * What one process writes down of jobs, line by line, in a file of its own for each folder of results. Nothing is ever changed in it, so that a process that is killed leaves at worst half a line, which is not read.
 */
export class Journal {
  readonly #name = `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}.jsonl`;
  readonly #folders = new Set<string>();
  /** When the last line of each job was written here. */
  readonly #last = new Map<string, string>();

  /**
   * Writes a line of a job with results in `out`, to the disk. Its time comes after that of every line that is known: those of this process, and the last of all others, `after`, whose host may have another clock. A `PlaceError` where it
   * cannot be written. Returns the time of the line.
   */
  async add(out: string, said: Said, after?: string): Promise<string> {
    const folder = journalFolder(out);
    if (!this.#folders.has(folder)) await makeFolder(folder);
    this.#folders.add(folder);
    const path = join(folder, this.#name);
    const key = `${said.job} ${out}`;
    const at = timeAfter(after, this.#last.get(key));
    this.#last.set(key, at);
    try {
      // A power cut would leave a result of which nobody knows what made it.
      await appendFile(path, `${JSON.stringify({ ...said, worker: workerName(), at })}\n`, { flush: true });
    } catch (error) {
      throw fileError("write", path, error);
    }
    return at;
  }
}

/** Now, or just after the last of some times where that is later (ISO 8601). */
function timeAfter(...times: readonly (string | undefined)[]): string {
  const known = times.map((time) => (time === undefined ? Number.NaN : Date.parse(time) + 1));
  return new Date(Math.max(Date.now(), ...known.filter((time) => !Number.isNaN(time)))).toISOString();
}

/** Where the journals of a folder of results lie. */
export const journalFolder = (out: string): string => join(out, STATE_FOLDER, "journal");

/** The lines of all journals of a folder of results, in the order of their times, while others write to them. Half lines are left out. */
export async function readJournals(out: string): Promise<JournalEntry[]> {
  const folder = journalFolder(out);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw fileError("read", folder, error);
  });
  const entries: JournalEntry[] = [];
  for (const name of names.filter((one) => one.endsWith(".jsonl"))) {
    const path = join(folder, name);
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw fileError("read", path, error);
    });
    for (const line of text.split("\n")) {
      const entry = entryIn(line);
      if (entry) entries.push(entry);
    }
  }
  return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What a line says; undefined of half a line. */
export function entryIn(line: string): JournalEntry | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // the end of a journal whose process was killed, or of one that is being written
  }
}
