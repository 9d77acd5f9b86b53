import { join } from "node:path";
import { InputError } from "@clidim/imaging";
import { readTextFile } from "@clidim/imaging/node";
import { z } from "zod";
import { asciiJson } from "./asciiJson.js";
import { type Job, jobId, jobSchema } from "./job.js";

/** A job as a line, without its end. */
export const jobLine = (job: Job): string => asciiJson(job);

/** The jobs of a plan. An `InputError` that names the line for one that is no job, was changed by hand, or is there twice or has the result of another one, and for a file without any. */
export async function readJobs(path: string): Promise<Job[]> {
  const lines = (await readTextFile(path)).split("\n");
  const jobs: Job[] = [];
  const seen = new Map<string, number>();
  const results = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const job = jobIn(line, `${path}, line ${i + 1}`);
    const key = `${job.out}\n${job.id}`;
    const before = seen.get(key);
    if (before !== undefined) {
      throw new InputError(`${path}, line ${i + 1} is the job of line ${before} again; give each once`);
    }
    seen.set(key, i + 1);
    if (job.output !== undefined) {
      const result = join(job.out, job.output);
      const other = results.get(result);
      if (other !== undefined) {
        throw new InputError(
          `${path}, line ${i + 1} has its result where line ${other} has another one, ${result}; leave out one of both, or plan it into another folder`,
        );
      }
      results.set(result, i + 1);
    }
    jobs.push(job);
  }
  if (jobs.length === 0)
    throw new InputError(`${path} holds no jobs; expected lines that clidim batch plan has written`);
  return jobs;
}

/** The job of a line. An `InputError` that begins with `where` for what is none, or was changed by hand. */
export function jobIn(line: string, where: string): Job {
  const json = parsedJson(line);
  if (json === undefined) {
    throw new InputError(
      `${where} is no JSON, so that this is no list of jobs; expected lines that clidim batch plan has written`,
    );
  }
  const parsed = jobSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    throw new InputError(`${where} is no job (${key}${issue?.message ?? "no JSON"}); plan again`);
  }
  const { reason: _given, ...job } = parsed.data;
  if (jobId(job) !== job.id) {
    throw new InputError(
      `${where}: the job is not the one that its id speaks of, since it was changed; plan again`,
    );
  }
  return job;
}

const laterSchema = z.object({ format: z.literal("clidim-job"), formatVersion: z.number().gt(1) });

/** Whether a line is a job of a later version of this program. */
export const isOfLaterVersion = (line: string): boolean => laterSchema.safeParse(parsedJson(line)).success;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused as any other text
  }
}
