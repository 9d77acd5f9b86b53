import { basename, resolve } from "node:path";
import {
  batchState,
  type JobState,
  type LocalWorkers,
  localWorkers,
  parsePart,
  partOf,
  type Retries,
  readJobs,
  reviveDead,
  runByQueue,
  runLocal,
  submitToSlurm,
  writeSummary,
} from "@clidim/batch";
import { InputError } from "@clidim/imaging";
import { Command, Option } from "commander";
import { durationOption } from "../../duration.js";
import { interruptible } from "../../interruption.js";
import { noteText } from "../../notes.js";
import { wholeNumber } from "../../options.js";
import { addQueueOptions, chosenQueue, type QueueOptions } from "../../queueOptions.js";
import { present } from "../../results.js";
import { program, startWorker } from "../../startWorker.js";
import { note, print, type Terminal } from "../../terminal.js";
import { batchView } from "./batchView.js";
import { exitCodeOf } from "./exitCodeOf.js";
import { showSummaries } from "./summary.js";

/** The list of jobs that were given up, see `writeSummary`. */
const DEAD = "batch.dead.jsonl";

const engines = ["local", "slurm", "bullmq"] as const;
type Engine = (typeof engines)[number];

/** The options that not all engines have a use for. */
const uses: Readonly<Record<string, readonly Engine[]>> = {
  workers: ["local", "slurm"],
  adapter: ["local", "slurm"],
  part: ["local"],
  tasks: ["slurm"],
  sbatch: ["slurm"],
  redis: ["bullmq"],
  queue: ["bullmq"],
  wait: ["bullmq"],
};

/** An `InputError` for options on the command line that an engine has no use for, as they would do nothing. */
function refuseOptionsOfOthers(command: Command, engine: Engine): void {
  const keys = Object.keys(uses).filter(
    (key) => !uses[key]!.includes(engine) && command.getOptionValueSource(key) === "cli",
  );
  if (keys.length === 0) return;
  throw new InputError(
    `the engine ${engine} has no use for ${keys.join(", ")}; leave out what is of others, or choose the engine that is meant`,
    { keys: ["engine", ...keys] },
  );
}

interface Options extends QueueOptions {
  readonly engine: Engine;
  readonly workers?: number;
  readonly attempts: number;
  readonly backoff: number;
  readonly retryDead?: true;
  readonly part?: string;
  readonly tasks: number;
  readonly sbatch?: readonly string[];
  readonly wait: boolean;
  readonly adapter?: string;
  readonly json?: boolean;
}

export function runCommand(terminal: Terminal, finish: (code: number) => void): Command {
  const command = new Command("run")
    .description("Do the jobs of a plan that are not done: here, by Slurm, or by a queue.")
    .argument("<jobs>", "the file that clidim batch plan has written")
    .addOption(new Option("--engine <name>", "who does them").choices(engines).default("local"))
    .option(
      "--workers <n>",
      "of local: processes at a time (default: as many as memory allows; with models one on each GPU, without one on each core), of slurm in each task (default: 1)",
      wholeNumber(1),
    )
    .option("--attempts <n>", "how often a file is tried that may go better another time", wholeNumber(1), 3)
    .option(
      "--backoff <time>",
      "how long is waited before the second attempt, twice as long before each further one",
      durationOption,
      5,
    )
    .option("--retry-dead", "try those again that were given up")
    .option(
      "--part <i/n>",
      "of local: one of n parts of the jobs, counted from 0, as in a task of Slurm; no summary",
    )
    .option(
      "--tasks <n>",
      "of slurm: into how many tasks of the array the jobs are divided",
      wholeNumber(1),
      100,
    )
    .option(
      "--sbatch <argument>",
      "of slurm: what else sbatch is told, such as --sbatch=--partition=gpu; repeated: several",
      (text: string, before: readonly string[] = []) => [...before, text],
    );
  return addQueueOptions(command)
    .option("--no-wait", "of bullmq: end when the jobs are in the queue (default: when they are done)")
    .addHelpText(
      "after",
      `
A file whose result is there, made by the very job, is not done again: the same command goes on after Ctrl-C, a power cut or a full disk. Results appear when they are complete.
What is wrong with a file itself makes it a dead letter at once. What may go better another time (a process that ended, a device that was lost, a disk that cannot be read) is tried again.

At the end batch.html, batch.json and batch.dead.jsonl stand in the folder of the results, and denoised.json has a record of each; of slurm when the array has ended.
Exit codes: 0 all files, 3 some were given up or are still open, 2 all were given up (of a part: 3).

Examples:
  clidim batch run jobs.jsonl
  clidim batch run jobs.jsonl --workers 4 --retry-dead
  clidim batch run jobs.jsonl --engine slurm --tasks 64 --sbatch=--gres=gpu:1 --sbatch=--time=2:00:00
  clidim batch run jobs.jsonl --engine bullmq --redis redis://queue.example.org:6379`,
    )
    .action(async (file: string, options: Options) => {
      const { engine, attempts, backoff, json = false } = options;
      refuseOptionsOfOthers(command, engine);
      const retries = { attempts, backoff };
      const all = await readJobs(file);
      const jobs = options.part === undefined ? all : partOf(all, parsePart(options.part));
      const found = await batchState(jobs);
      const states = options.retryDead ? await reviveDead(found) : found;
      const open = states.filter(({ status }) => status === "open");
      if (open.length > 0) {
        if (engine === "slurm") return submit(terminal, file, open, retries, options);
        await (engine === "local" ? runHere : runQueued)(terminal, states, open, retries, options);
      }
      if (engine === "bullmq" && !options.wait) return;
      const after = await batchState(jobs);
      if (options.part === undefined) showSummaries(terminal, json, await writeSummary(after));
      if (basename(file) === DEAD) {
        const text =
          "the summary is of the jobs that had been given up; clidim batch summary with the whole plan makes that of all";
        note(terminal, noteText(terminal, text));
      }
      finish(exitCodeOf(after, options.part !== undefined));
    });
}

async function runHere(
  terminal: Terminal,
  states: readonly JobState[],
  open: readonly JobState[],
  retries: Retries,
  { workers: wanted, adapter }: Options,
): Promise<void> {
  await interruptible(
    terminal,
    "the files at work are left out; the same command goes on",
    async (signal) => {
      const jobs = open.map(({ job }) => job);
      const workers = await localWorkers(jobs, { wanted, adapter });
      note(terminal, workersText(workers));
      const view = batchView(terminal, states);
      try {
        await runLocal({ jobs: open, workers, startWorker, retries }, { signal, onOutcome: view.outcome });
      } finally {
        view.stop();
      }
    },
  );
}

/** How many processes are started, and why no more. */
const workersText = ({ count, fewer }: LocalWorkers): string =>
  `${count} ${count === 1 ? "process" : "processes"} at a time` +
  `${fewer === undefined ? "" : `, since ${fewer}; --workers says how many instead`}.`;

async function runQueued(
  terminal: Terminal,
  states: readonly JobState[],
  open: readonly JobState[],
  retries: Retries,
  options: Options,
): Promise<void> {
  const place = chosenQueue(options);
  const { wait } = options;
  await interruptible(
    terminal,
    "the workers go on; the same command waits for them again",
    async (signal) => {
      const view = batchView(terminal, states);
      try {
        await runByQueue(
          { ...place, jobs: open, retries, wait },
          { signal, onOutcome: view.outcome, onPhase: view.line },
        );
      } finally {
        view.stop();
      }
    },
  );
}

async function submit(
  terminal: Terminal,
  plan: string,
  open: readonly JobState[],
  retries: Retries,
  { tasks, workers = 1, adapter, sbatch = [], json = false }: Options,
): Promise<void> {
  const submitted = await submitToSlurm({
    jobs: open.map(({ job }) => job),
    plan: resolve(plan),
    program: [process.execPath, program],
    ...{ tasks, workers, retries, adapter, arguments: sbatch },
  });
  present(terminal, json, "submitted", submitted, () => {
    const { array, summary, summaryRefused, tasks: count, folder } = submitted;
    print(
      terminal,
      `Submitted ${open.length} jobs as the array ${array} of ${count} tasks` +
        (summary === undefined
          ? `. Its summary is not submitted (${summaryRefused}): when the array has ended, clidim batch summary ${plan} writes it.`
          : `, and the summary as job ${summary}.`),
    );
    print(terminal, `What they print: ${folder}`);
  });
}
