import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import type { MethodRegistry } from "@clidim/denoise";
import {
  type DenoisedFile,
  type DenoisingSession,
  denoisingSession,
  type ForeignReader,
  jobOf,
  namedInput,
} from "@clidim/denoise/node";
import { InputError, PlaceError, TransientError } from "@clidim/imaging";
import { exists } from "@clidim/imaging/node";
import type { Job } from "../plan/job.js";
import { sessionOptions } from "../plan/parameters.js";
import { filesOf, sizeAndTime, versionsOf } from "../plan/planBatch.js";
import { EarlierJobs } from "./earlierJobs.js";
import { Journal } from "./journal.js";
import type { Done, Outcome, Trust } from "./outcome.js";
import { ProgramError } from "./programError.js";
import { trustOf } from "./trustOf.js";

/** So many models, or sets of parameters, are kept loaded. */
const KEPT = 2;

/** Does jobs one after the other in this process. What they have in common is loaded once. */
export class JobRunner {
  readonly #methods: MethodRegistry;
  readonly #foreign: ForeignReader | undefined;
  readonly #journal = new Journal();
  readonly #earlier = new EarlierJobs();
  readonly #sessions = new Map<string, Promise<DenoisingSession>>();

  constructor(methods: MethodRegistry, foreign?: ForeignReader) {
    this.#methods = methods;
    this.#foreign = foreign;
  }

  /**
   * Does a job and writes down that it is done, after the time `after` (see `Journal`). The result is there, whole, or not at all; one of this very job that is there already stays. What is wrong with the job is the outcome; what no job could be done
   * with here is thrown: a `PlaceError` where nothing can be written, a `ProgramError` where this program has not the method of the plan, the signal's reason.
   */
  async run(job: Job, attempt: number, signal: AbortSignal, after?: string): Promise<Outcome> {
    try {
      const done = (await found(job)) ?? (await this.#denoised(job, signal));
      await this.#journal.add(job.out, { job: job.id, attempt, ...done }, after);
      return done;
    } catch (error) {
      if (signal.aborted || error instanceof PlaceError || error instanceof ProgramError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      return {
        ...{ status: "failed", error: message, transient: isTransient(error) },
        ...(error instanceof TransientError && isMissing(error.cause) && { ofFile: true }),
      };
    }
  }

  async #denoised(job: Job, signal: AbortSignal): Promise<Done> {
    const { input, folder } = job;
    // One that could not be opened then is as it is now.
    if (job.problem === undefined) {
      const { bytes, modified } = await stillThere(sizeAndTime(input.file));
      if (bytes !== input.bytes || modified !== input.modified) {
        throw new InputError(`${input.file} has changed since it was planned; plan again`);
      }
    }
    const session = await this.#session(job);
    const started = performance.now();
    const said: string[] = [];
    const { result, record, pixels } = await session.denoise({ file: input.file, folder }, job.id, {
      signal,
      onWarning: (sentence) => said.push(sentence),
      beforeReplacing: async (path, name) => {
        const sentence = await this.#replaced(job, path, name);
        if (sentence !== undefined) said.push(sentence);
      },
    });
    const seconds = (performance.now() - started) / 1000;
    const trust = await trustOf(reportsOf(result));
    return {
      ...{ status: "done", output: record.output, pixels, seconds, record: { ...record } },
      ...(said.length > 0 && { notes: said }),
      ...(trust && { trust }),
    };
  }

  /** What is to be said of a result that is there and is about to be replaced; an `InputError` where it is not to be. */
  async #replaced({ id, out, overwrite }: Job, path: string, input: string): Promise<string | undefined> {
    const maker = await jobOf(path);
    if (overwrite || maker === id) return undefined;
    const of =
      maker === undefined ? undefined : await this.#earlier.inputOf(out, recordedName(out, path), maker);
    if (of === input) return `${input}: its result of an earlier plan was there, and is replaced`;
    const what =
      maker === undefined
        ? "was made by clidim denoise, not by a batch"
        : `is the result of another job${of === undefined ? "" : `, of ${of}`}`;
    throw new InputError(
      `${path} ${what}, and was not replaced; move it away or plan into another folder, or plan again to overwrite it, and try what was given up again`,
      { keys: ["overwrite", "out"] },
    );
  }

  async #session(job: Job): Promise<DenoisingSession> {
    const key = JSON.stringify([job.parameters, job.out, job.methods, job.files]);
    const opened = this.#sessions.get(key) ?? this.#open(job);
    // The one that was used last is the last to go.
    this.#sessions.delete(key);
    this.#sessions.set(key, opened);
    for (const other of [...this.#sessions.keys()].slice(0, -KEPT)) this.#sessions.delete(other);
    try {
      return await opened;
    } catch (error) {
      this.#sessions.delete(key);
      throw error;
    }
  }

  async #open({ input, parameters, out, methods, files }: Job): Promise<DenoisingSession> {
    const versions = versionsOf(parameters, this.#methods);
    if (JSON.stringify(versions) !== JSON.stringify(methods)) {
      throw new ProgramError(
        `${input.file} was planned with ${methods.join(", ")}, this program knows ${versions.join(", ")}; install the version of the plan, or plan again`,
      );
    }
    for (const [i, { path, sha256 }] of (await stillThere(filesOf(parameters))).entries()) {
      if (sha256 !== files[i]?.sha256) {
        throw new InputError(`${path} has changed since it was planned; plan again`);
      }
    }
    return denoisingSession(sessionOptions(parameters, out, this.#methods, this.#foreign));
  }
}

/** Reads what was there when the job was planned. Where it is gone, it may be that a drive is not there on this machine, or not now: a `TransientError`. */
async function stillThere<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof InputError && isMissing(error.cause))) throw error;
    const { cause } = error;
    throw new TransientError(
      `${error.message}, where one was when it was planned; connect its drive to this machine, or plan again`,
      { cause },
    );
  }
}

/** Whether the system says that there is no such file. */
const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT";

/** A result below a folder, as records name it. */
const recordedName = (out: string, path: string): string => relative(out, path).replaceAll("\\", "/");

/** The result of this very job, where it is there. */
async function found({ id, input, out, output, pixels, parameters }: Job): Promise<Done | undefined> {
  if (output === undefined) return undefined;
  const path = join(out, output);
  if (!(await exists(path)) || (await jobOf(path)) !== id) return undefined;
  const trust = parameters.report ? await foundTrust(path) : undefined;
  return {
    ...{ status: "done", output: output.replaceAll("\\", "/"), pixels, seconds: 0, found: true },
    input: { name: namedInput(input.file) },
    ...(trust && { trust }),
  };
}

/** What the reports beside a result say, which are written before it; undefined where they were removed or are damaged. */
async function foundTrust(path: string): Promise<Trust | undefined> {
  const [folder, base] = [dirname(path), basename(path, extname(path))];
  const own = `${base}.report.json`;
  const isOfChannel = (name: string): boolean =>
    name.startsWith(base) && /^\.c\d+\.report\.json$/.test(name.slice(base.length));
  try {
    const names = await readdir(folder);
    const reports = names.includes(own) ? [own] : names.filter(isOfChannel);
    return await trustOf(reports.map((name) => join(folder, name)));
  } catch {
    return undefined; // the result is there all the same
  }
}

/** The JSON files of reports, of channels of a file with several one each. */
const reportsOf = ({ report, channels = [] }: DenoisedFile): string[] =>
  [report, ...channels.map((channel) => channel.report)].flatMap((path) =>
    path === undefined ? [] : [path.replace(/\.html$/, ".json")],
  );

/** Whether it may go better another time: what is wrong with a file itself stays so; what the system, a server, the device or this program says may not. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof InputError)) return true;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TransientError || ("code" in cause && isOfSystem(cause.code))) return true;
  }
  return false;
}

/** Whether a code is of the system (`EIO`), but that of no such file; those of Node (`ERR_...`) and of a decoder (`Z_DATA_ERROR`) are not. */
const isOfSystem = (code: unknown): boolean =>
  typeof code === "string" && /^E[A-Z0-9]+$/.test(code) && code !== "ENOENT";
