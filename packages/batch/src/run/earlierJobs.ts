import { ResultRecords } from "@clidim/denoise/node";
import { readJournals } from "./journal.js";

/** What is known of the jobs whose results lie in a folder. */
interface OfFolder {
  /** The input of each job, as records name it. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly records: ResultRecords;
}

/** Of what the results were made that lie where jobs have theirs: journals and records say so, which are read once for many jobs. */
export class EarlierJobs {
  readonly #folders = new Map<string, OfFolder>();

  /** The input of a job that has its result at `output` in a folder, as records name it; undefined where neither a journal nor a record says. */
  async inputOf(out: string, output: string, job: string): Promise<string | undefined> {
    const known = this.#folders.get(out);
    const found = known && inputIn(known, output, job);
    if (found !== undefined) return found;
    // It may have been done since.
    const now = await ofFolder(out);
    this.#folders.set(out, now);
    return inputIn(now, output, job);
  }
}

async function ofFolder(out: string): Promise<OfFolder> {
  const inputs = new Map<string, string>();
  for (const entry of await readJournals(out)) {
    if (entry.status !== "done") continue;
    const name = inputOfRecord(entry.record) ?? entry.input?.name;
    if (name !== undefined) inputs.set(entry.job, name);
  }
  return { inputs, records: await ResultRecords.of(out) };
}

function inputIn({ inputs, records }: OfFolder, output: string, job: string): string | undefined {
  const record = records.before(output);
  return (
    inputs.get(job) ?? (record && "job" in record && record.job === job ? inputOfRecord(record) : undefined)
  );
}

/** What a record, of whatever version, says that the result was made of. */
function inputOfRecord(record: object | undefined): string | undefined {
  const { input } = (record ?? {}) as { readonly input?: { readonly name?: unknown } };
  return typeof input?.name === "string" ? input.name : undefined;
}
