import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileError, InputError, PlaceError } from "@clidim/imaging";
import { atomicWrite, exclusively } from "@clidim/imaging/node";
import { z } from "zod";
import type { RecoveredRecord, ResultRecord } from "./resultRecord.js";

/** The file in a folder of results that `denoiseFiles` keeps its records in. */
export const RECORDS_NAME = "denoised.json";

/** What a file of ours has at least; what a later version adds to a record is kept. */
const schema = z.looseObject({
  format: z.literal("clidim-denoised"),
  formatVersion: z.literal(1),
  results: z.array(z.looseObject({ output: z.string() })),
});

/** It is written no more often than this, so that thousands of small files do not write it thousands of times. */
const BETWEEN_MS = 2000;

/** `denoised.json` beside the results: a record of each, those of earlier calls included. */
export class ResultRecords {
  readonly #path: string;
  readonly #added = new Map<string, ResultRecord | RecoveredRecord>();
  #before: ReadonlyMap<string, { readonly output: string }> = new Map();
  #written = Date.now();
  #waiting = false;

  /** An `InputError` where something else is called so. */
  static async of(out: string): Promise<ResultRecords> {
    const records = new ResultRecords(join(out, RECORDS_NAME));
    records.#before = new Map((await records.#read()).map((record) => [record.output, record]));
    return records;
  }

  private constructor(path: string) {
    this.#path = path;
  }

  /** The record of an earlier call, of whatever version; undefined where there is none. */
  before(output: string): { readonly output: string } | undefined {
    return this.#before.get(output);
  }

  /** `write` writes it. */
  add(record: ResultRecord | RecoveredRecord): void {
    this.#added.set(record.output, record);
    this.#waiting = true;
  }

  /** Writes what was added where the last time is long enough ago. What cannot be written to this file now, as another program holds it, waits for the next time: `write` says so. */
  async writeNowAndThen(): Promise<void> {
    if (Date.now() - this.#written < BETWEEN_MS) return;
    try {
      await this.write();
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof PlaceError) throw error;
      this.#written = Date.now();
    }
  }

  /** Writes what was added, if anything was: beside what is there, which another process may have added to meanwhile, or is about to. */
  async write(): Promise<void> {
    if (!this.#waiting) return;
    await exclusively(this.#path, async () => {
      const there = await this.#read();
      const known = new Set(there.flatMap((record) => (isRecovered(record) ? [] : [record.output])));
      // Of a result that was found without a record, the call that made it may have written one meanwhile.
      const added = [...this.#added.values()].filter(
        (record) => !(isRecovered(record) && known.has(record.output)),
      );
      const replaced = new Set(added.map(({ output }) => output));
      const results = [...there.filter(({ output }) => !replaced.has(output)), ...added];
      await atomicWrite(
        this.#path,
        `${JSON.stringify({ format: "clidim-denoised", formatVersion: 1, results }, null, 2)}\n`,
      );
    });
    this.#waiting = false;
    this.#written = Date.now();
  }

  async #read(): Promise<readonly { readonly output: string }[]> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code)))
        return [];
      throw fileError("read", this.#path, error);
    }
    const parsed = schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data.results;
    throw new InputError(
      `${this.#path} is not a record of denoised files, which is written to this name; move it, or give another folder`,
      { keys: ["out"] },
    );
  }
}

/** Whether little is known of a result: it was found without a record. */
const isRecovered = (record: object): boolean => "recovered" in record && record.recovered === true;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused as any other text
  }
}
