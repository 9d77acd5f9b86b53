import type { ChildProcess } from "node:child_process";
import { InputError, PlaceError } from "@clidim/imaging";
import type { Job } from "../plan/job.js";
import { fromWorker, type ToWorker } from "./messages.js";
import type { Outcome } from "./outcome.js";
import { ProgramError } from "./programError.js";

/** Starts a process that calls `serveJobs`, with a channel for messages, its error output in a pipe and `servingEnvironment` in its environment; on an adapter, where one is named (see `chooseAdapter`). */
export type StartWorker = (adapter: string | undefined) => ChildProcess;

/** So much of what a process prints is told when it ends. */
const TOLD = 400;

/** A process that does not speak as workers of this version do has so long to end when it is asked to: it may not know what it was asked. */
const PATIENCE_MS = 5000;

/** A process that does jobs, as the one that has started it sees it. Its end ends nothing but the job at hand. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #printed = "";
  #ended: string | undefined;
  #strange = false;
  readonly #end: Promise<string>;
  #answer: ((answer: { readonly message: unknown }) => void) | undefined;

  /** Resolves when it is ready for jobs. An `InputError` where it ends before that. */
  static async start(start: StartWorker, adapter?: string): Promise<WorkerProcess> {
    const worker = new WorkerProcess(start(adapter));
    const first = await Promise.race([worker.#next(), worker.#end]);
    if (typeof first === "string") throw new InputError(`a worker could not be started: ${first}`);
    if (fromWorker(first.message)?.type === "ready") return worker;
    worker.#strange = true;
    await worker.stop();
    throw new InputError(
      `a worker could not be started: it says ${shown(first.message)}; expected that it is ready, as workers of this version are`,
    );
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#printed = `${this.#printed}${text}`.slice(-TOLD);
    });
    child.on("message", (message: unknown) => this.#answer?.({ message }));
    this.#end = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#ended ??= how;
        resolve(how);
      };
      child.once("error", (error) => ended(error.message));
      child.once("close", (code, signal) => {
        const printed = this.#printed.trim();
        ended(
          `${signal ? `killed by ${signal}` : `exit code ${code}`}${printed === "" ? "" : `: ${printed}`}`,
        );
      });
    });
  }

  /** Whether it can be given jobs. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  /** Does a job, of which the last line of a journal is of the time `after`; the end of the process is an outcome as well, and so is what no worker of this version says. A `PlaceError` where nothing can be written, a `ProgramError` where its program is not the one to do it. */
  async run(job: Job, attempt: number, after?: string): Promise<Outcome> {
    const answered = this.#next();
    this.#send({ type: "job", job, attempt, ...(after !== undefined && { after }) });
    const answer = await Promise.race([answered, this.#end]);
    const failed = (how: string): Outcome => ({
      status: "failed",
      error: `${job.input.file}: the process that denoised it ${how}`,
      transient: true,
    });
    if (typeof answer === "string") return failed(`ended (${answer})`);
    const message = fromWorker(answer.message);
    if (message?.type === "place") throw new PlaceError(message.sentence);
    if (message?.type === "program") throw new ProgramError(message.sentence);
    if (message?.type === "outcome" && message.job === job.id) return message.outcome;
    this.#strange = true;
    return failed(
      `says ${shown(answer.message)}; expected the outcome of its job, as workers of this version say it; install one version on all machines`,
    );
  }

  /** Has it leave the job at hand in good order; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#send({ type: "stop" });
    const timer = this.#strange ? setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS) : undefined;
    await this.#end;
    clearTimeout(timer);
  }

  /** What it says next. */
  #next(): Promise<{ readonly message: unknown }> {
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  #send(message: ToWorker): void {
    // That it has ended is noticed by its end.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

/** A message of whatever kind, in short. */
const shown = (message: unknown): string => String(JSON.stringify(message)).slice(0, TOLD);
