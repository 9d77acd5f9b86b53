import type { ChildProcess } from "node:child_process";
import { InputError, PlaceError } from "@clidim/imaging";
import type { Job } from "../plan/job.js";
import type { FromWorker, ToWorker } from "./messages.js";
import type { Outcome } from "./outcome.js";

/** Starts a process that calls `serveJobs`, with a channel for messages and its error output in a pipe; on an adapter, where one is named (see `chooseAdapter`). */
export type StartWorker = (adapter: string | undefined) => ChildProcess;

/** So much of what a process prints is told when it ends. */
const TOLD = 400;

/** A process that does jobs, as the one that has started it sees it. Its end ends nothing but the job at hand. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #printed = "";
  #ended: string | undefined;
  readonly #end: Promise<string>;
  #answer: ((message: FromWorker) => void) | undefined;

  /** Resolves when it is ready for jobs. An `InputError` where it ends before that. */
  static async start(start: StartWorker, adapter?: string): Promise<WorkerProcess> {
    const worker = new WorkerProcess(start(adapter));
    const ready = new Promise<undefined>((resolve) => {
      worker.#answer = () => resolve(undefined);
    });
    const ended = await Promise.race([ready, worker.#end]);
    if (ended === undefined) return worker;
    throw new InputError(`a worker could not be started: ${ended}`);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#printed = `${this.#printed}${text}`.slice(-TOLD);
    });
    child.on("message", (message: FromWorker) => this.#answer?.(message));
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

  /** Does a job; the end of the process is an outcome as well. A `PlaceError` where nothing can be written. */
  async run(job: Job, attempt: number): Promise<Outcome> {
    const answered = new Promise<FromWorker>((resolve) => {
      this.#answer = resolve;
    });
    this.#send({ type: "job", job, attempt });
    const answer = await Promise.race([answered, this.#end]);
    if (typeof answer === "string") {
      return {
        status: "failed",
        error: `${job.input.file}: the process that denoised it ended (${answer})`,
        transient: true,
      };
    }
    switch (answer.type) {
      case "outcome":
        return answer.outcome;
      case "place":
        throw new PlaceError(answer.sentence);
      case "ready":
        throw new Error("WorkerProcess.run: a worker says that it is ready while it has a job");
      default:
        return answer satisfies never;
    }
  }

  /** Has it leave the job at hand in good order; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#send({ type: "stop" });
    await this.#end;
  }

  #send(message: ToWorker): void {
    // That it has ended is noticed by its end.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
