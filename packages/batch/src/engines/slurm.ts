import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { InputError } from "@clidim/imaging";
import { atomicWrite, makeFolder } from "@clidim/imaging/node";
import type { Job } from "../plan/job.js";
import { jobLine } from "../plan/jobsFile.js";
import { STATE_FOLDER } from "../run/journal.js";
import type { Retries } from "../run/retries.js";

export interface SubmitToSlurmOptions {
  /** Those that are to be done. */
  readonly jobs: readonly Job[];
  /** Those of the whole plan, which the summary speaks of: a file of jobs. */
  readonly plan: string;
  /** The program and first arguments of this program, such as those of Node and its script, as each node of the cluster has them. */
  readonly program: readonly string[];
  /** Into how many tasks of the array the jobs are divided; at most one for each job. */
  readonly tasks: number;
  /** Processes in each task. */
  readonly workers: number;
  readonly retries: Retries;
  /** The adapter that the tasks compute on, by name or number; default: what each node has. */
  readonly adapter?: string | undefined;
  /** What else sbatch is told, of the array: `--partition=gpu`, `--gres=gpu:1`. What asks for GPUs, and what the array depends on, is not told of the summary. */
  readonly arguments?: readonly string[];
}

export interface SubmittedToSlurm {
  /** The number of the array. */
  readonly array: string;
  /** That of the summary, which depends on it; undefined where it was refused, and why. */
  readonly summary?: string;
  readonly summaryRefused?: string;
  readonly tasks: number;
  /** Scripts and what tasks print. */
  readonly folder: string;
}

/**
 * Writes two scripts below the folder of the results and submits them with `sbatch`: an array whose tasks each do a part of the jobs as `runLocal` does, and a job that sums up when all of them have ended, however. A task that Slurm starts again, after a node was
 * lost or was given to somebody else, goes on with what is not done, and so does one whose program was killed (for its memory, say): it is started again, `attempts` times in all. An `InputError` where there is no `sbatch`, or where it refuses the array; that it refuses the
 * summary alone is returned, as the array is submitted by then.
 */
export async function submitToSlurm({
  jobs,
  plan,
  program,
  tasks,
  workers,
  retries: { attempts, backoff },
  adapter,
  arguments: more = [],
}: SubmitToSlurmOptions): Promise<SubmittedToSlurm> {
  const indices = more.find((argument) => /^(--array\b|-a)/.test(argument));
  if (indices !== undefined) {
    throw new InputError(
      `${indices}: the array has an index for each of its tasks, so that sbatch cannot be told others; say how many tasks there are`,
      { keys: ["sbatch", "tasks"] },
    );
  }
  const waiting = more.find((argument) => /^(--wait$|-W)/.test(argument));
  if (waiting !== undefined) {
    throw new InputError(
      `${waiting}: sbatch would say nothing before the array has ended, so that the summary would not be submitted until then; leave it out`,
      { keys: ["sbatch"] },
    );
  }
  const [first] = jobs;
  if (!first) throw new InputError("expected at least one job to submit, got none");
  const count = Math.min(tasks, jobs.length);
  const stamp = `${new Date().toISOString().replace(/\W/g, "")}-${randomBytes(2).toString("hex")}`;
  const folder = join(first.out, STATE_FOLDER, "slurm", stamp);
  await makeFolder(folder);
  const lines = join(folder, "jobs.jsonl");
  await atomicWrite(lines, jobs.map((job) => `${jobLine(job)}\n`).join(""));
  const run = [
    ...[...program, "batch", "run", lines, "--workers", String(workers)],
    ...["--attempts", String(attempts), "--backoff", `${backoff}s`],
    ...(adapter === undefined ? [] : ["--adapter", adapter]),
  ].map(quoted);
  const script = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await atomicWrite(path, `#!/bin/sh\n${text}\n`);
    return path;
  };
  const array = await sbatch([
    ...["--parsable", "--job-name=clidim", `--chdir=${folder}`, "--output=%a.log", "--open-mode=append"],
    ...["--requeue", `--array=0-${count - 1}`, ...more],
    await script(
      "array.sh",
      startedAgain(`${run.join(" ")} --part "$SLURM_ARRAY_TASK_ID/${count}"`, attempts),
    ),
  ]);
  const submitted = { array, tasks: count, folder };
  try {
    const summary = await sbatch([
      ...["--parsable", "--job-name=clidim-summary", `--chdir=${folder}`, "--output=summary.log"],
      ...[`--dependency=afterany:${array}`, ...ofSummary(more)],
      await script("summary.sh", `exec ${[...program, "batch", "summary", plan].map(quoted).join(" ")}`),
    ]);
    return { ...submitted, summary };
  } catch (error) {
    // The array will do the jobs all the same; what was submitted once more would do them twice.
    if (!(error instanceof InputError)) throw error;
    return { ...submitted, summaryRefused: error.message };
  }
}

/** Without what asks for GPUs, which a summary needs none of (`--gres=gpu:1`, `-G 2`), and without dependencies, of which sbatch takes the last: it depends on the array, and so on what that does. */
function ofSummary(given: readonly string[]): string[] {
  const alone = /^(--(gres|gpus|tres|dep)[\w-]*|-[Gd])$/;
  return given.filter(
    (argument, i) => !/^(--(gres|gpus|tres|dep)|-[Gd])/.test(argument) && !alone.test(given[i - 1] ?? ""),
  );
}

/** The number of what was submitted. */
async function sbatch(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("sbatch", [...args]);
    // Of several clusters, the name of one follows.
    return stdout.trim().split(";")[0]!;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new InputError(
      missing
        ? "there is no sbatch here; submit from a node of the cluster where Slurm is installed"
        : `sbatch refuses the jobs: ${said}`,
      { keys: ["engine"], cause: error },
    );
  }
}

/** A command that is started again when it was killed or has crashed (SIGABRT, SIGBUS, SIGKILL, SIGSEGV). What asks it to stop, asks the shell as well, which waits for its end. */
const startedAgain = (command: string, attempts: number): string => `trap : HUP INT TERM
left=${attempts}
while true; do
  ${command}
  code=$?
  left=$((left - 1))
  case $code in
    134 | 135 | 137 | 139) [ $left -gt 0 ] || exit $code ;;
    *) exit $code ;;
  esac
done`;

/** A word as a shell takes it, whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
