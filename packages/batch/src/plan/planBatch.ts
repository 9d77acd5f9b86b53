import { relative, resolve } from "node:path";
import { type MethodRegistry, methodId } from "@clidim/denoise";
import { denoisingSession, type ForeignReader, type InputFile, modelFile } from "@clidim/denoise/node";
import { type FileSpec, fileSpecText, InputError, isUrl } from "@clidim/imaging";
import { type FileHash, hashFile, imageState, parseFileSpec } from "@clidim/imaging/node";
import { type Job, jobId } from "./job.js";
import { AUTOMATIC, type Parameters, sessionOptions } from "./parameters.js";

export interface PlanBatchOptions {
  readonly methods: MethodRegistry;
  /** Reads models of other programs, as whoever does the jobs has to; without it there are none. */
  readonly foreign?: ForeignReader;
  readonly files: readonly InputFile[];
  /** The folder for the results. */
  readonly out: string;
  readonly parameters: Parameters;
  /** Results of this program that are there already are replaced. Default: those of earlier plans of the same input alone. */
  readonly overwrite?: boolean;
}

export interface PlanBatchHooks {
  readonly signal?: AbortSignal;
  readonly onWarning?: (sentence: string) => void;
  /** A file that cannot be opened, which is a job nevertheless: it may be there when its turn comes, and is else given up with the reason. */
  readonly onProblem?: (file: string, sentence: string) => void;
}

/**
 * The jobs that denoise files, one for each, with whole paths, so that they can be run from anywhere where these lead to the same files. Every file is opened for a moment; nothing is written. The same files and parameters give the same jobs.
 * Of a file of which several page ranges are named, each result goes to a folder of its own (`pages-0-9`). `InputError`s as `denoiseFiles`: a file that is not there, two results in one place, models that cannot be read.
 */
export async function planBatch(
  { methods, foreign, files, out, parameters, overwrite = false }: PlanBatchOptions,
  { signal, onWarning, onProblem }: PlanBatchHooks = {},
): Promise<Job[]> {
  if (files.length === 0) throw new InputError("expected at least one image to denoise, got none");
  const folder = resolve(out);
  const wholePaths = withWholePaths(parameters);
  const session = await denoisingSession(
    sessionOptions(wholePaths, folder, methods, foreign),
    onWarning ? { onWarning } : {},
  );
  const inputs = apart(files);
  const problems = new Map<string, string>();
  const planned = await session.plan(inputs, {
    ...(signal && { signal }),
    onFailed: ({ input, error }) => {
      problems.set(input, error.message);
      onProblem?.(input, error.message);
    },
  });
  const opened = planned.values();
  const models = await filesOf(wholePaths);
  const versions = versionsOf(wholePaths, methods);
  const jobs: Job[] = [];
  for (const input of inputs) {
    const problem = problems.get(input.file);
    const plan = problem === undefined ? opened.next().value : undefined;
    const job: Omit<Job, "id"> = {
      format: "clidim-job",
      formatVersion: 1,
      // One that cannot be opened may still be written to.
      input: { file: input.file, ...(problem === undefined && (await sizeAndTime(input.file))) },
      out: folder,
      folder: input.folder,
      ...(plan && { output: relative(folder, plan.places.output) }),
      pixels: plan?.pixels ?? 0,
      ...(problem !== undefined && { problem }),
      parameters: wholePaths,
      methods: versions,
      files: models,
      ...(overwrite && { overwrite }),
    };
    jobs.push({ ...job, id: jobId(job) });
  }
  return jobs;
}

/** What of an image, of all its files, shows that it has changed; nothing of an address. */
export async function sizeAndTime(file: string): Promise<Pick<Job["input"], "bytes" | "modified">> {
  const { path } = parseFileSpec(file);
  if (isUrl(path)) return {};
  const { bytes, modified } = await imageState(path);
  return { bytes, modified: modified.toISOString() };
}

/** `name@version` of the method of parameters, or of all that the choice is among; empty with models. An `InputError` for one that is not known. */
export function versionsOf(
  { method }: Parameters,
  { classical, classicalNamed }: Pick<MethodRegistry, "classical" | "classicalNamed">,
): string[] {
  if (method === undefined) return [];
  return (method === AUTOMATIC ? classical : [classicalNamed(method)]).map(methodId);
}

/** The contents of models and measured noise. */
export async function filesOf({ model = [], models = [], noise }: Parameters): Promise<FileHash[]> {
  const files: FileHash[] = [];
  for (const path of [...model, ...models.flatMap((one) => one.model)]) {
    files.push(await hashFile(await modelFile(path)));
  }
  if (noise !== undefined) files.push(await hashFile(noise));
  return files;
}

function withWholePaths(parameters: Parameters): Parameters {
  const { model, models, noise } = parameters;
  return {
    ...parameters,
    ...(model && { model: model.map((path) => resolve(path)) }),
    ...(models && {
      models: models.map((one) => ({ ...one, model: one.model.map((path) => resolve(path)) })),
    }),
    ...(noise !== undefined && { noise: resolve(noise) }),
  };
}

/** Files with whole paths; the ranges of one file each with a folder of its own. */
function apart(files: readonly InputFile[]): InputFile[] {
  const specs = files.map(({ file, folder, error }) => {
    if (error) throw error;
    const spec: FileSpec = parseFileSpec(file);
    return { ...spec, path: isUrl(spec.path) ? spec.path : resolve(spec.path), folder };
  });
  const counts = new Map<string, number>();
  for (const { path } of specs) counts.set(path, (counts.get(path) ?? 0) + 1);
  return specs.map(({ path, range, folder }) => {
    const below = range && counts.get(path)! > 1 ? `pages-${range.first}-${range.last}` : "";
    return {
      file: fileSpecText({ path, ...(range && { range }) }),
      folder: [folder, below].filter((part) => part !== "").join("/"),
    };
  });
}
