import { createHash } from "node:crypto";
import { basename } from "node:path";
import { fileSpecText, isUrl, urlText } from "@clidim/imaging";
import { type FileHash, parseFileSpec } from "@clidim/imaging/node";
import { z } from "zod";
import { type Parameters, parametersSchema } from "./parameters.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One line of a plan: one file, or some pages of one, and everything that its result depends on. */
export interface Job {
  readonly format: "clidim-job";
  readonly formatVersion: 1;
  /** See `jobId`. */
  readonly id: string;
  readonly input: {
    /** The path, with the page range, or an address. */
    readonly file: string;
    /** When it was planned, of all files of the image; none of an address and of what could not be opened. */
    readonly bytes?: number | undefined;
    /** ISO 8601, when one of them was last written to. */
    readonly modified?: string | undefined;
  };
  /** The folder for all results. */
  readonly out: string;
  /** That for this one, below; empty for none. */
  readonly folder: string;
  /** The result, below `out`; absent where the file could not be opened. */
  readonly output?: string | undefined;
  /** Of all pages; 0 where the file could not be opened. */
  readonly pixels: number;
  /** Why the file could not be opened when it was planned. */
  readonly problem?: string | undefined;
  readonly parameters: Parameters;
  /** `name@version` of the method of the parameters, or of all that the choice is among; empty with models, whose files say it. */
  readonly methods: string[];
  /** The models and the measured noise of the parameters, as they were when it was planned. */
  readonly files: FileHash[];
  /** Whether the result replaces one of this program that is there, whatever made it. */
  readonly overwrite?: true | undefined;
  /** In a list of dead letters: why the job was given up. */
  readonly reason?: string | undefined;
}

/** What a job is in a file. */
export const jobSchema: z.ZodType<Job> = z.strictObject({
  format: z.literal("clidim-job"),
  formatVersion: z.literal(1),
  id: sha256,
  input: z.strictObject({
    file: z.string().min(1),
    bytes: z.int().min(0).optional(),
    modified: z.iso.datetime().optional(),
  }),
  out: z.string().min(1),
  folder: z.string(),
  output: z.string().min(1).optional(),
  pixels: z.int().min(0),
  problem: z.string().optional(),
  parameters: parametersSchema,
  methods: z.array(z.string()),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int().min(0), sha256 })),
  overwrite: z.literal(true).optional(),
  reason: z.string().optional(),
});

/**
 * SHA-256 of what a job's result depends on: name, size and time of the input, the parameters, the versions of methods, the contents of models and of measured noise, and the name of the result. Where things lie, and what is replaced there, is not in
 * it, the same plan for another folder has the same numbers, and gives the same bytes; but of an address, which has no size and no time, all of it without what may be secret (see `urlText`), and of a
 * file that could not be opened the whole path.
 */
export function jobId(job: Omit<Job, "id">): string {
  const { input, folder, output, parameters, methods, files } = job;
  const { model: _paths, models, noise: _path, ...others } = parameters;
  const contents = [
    1,
    [nameOf(job), input.bytes ?? null, input.modified ?? null],
    [folder, output ?? null],
    Object.entries(others)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    models?.map(({ channel, model }) => [channel, model.length]) ?? null,
    methods,
    files.map(({ sha256: digest }) => digest),
  ];
  return createHash("sha256").update(JSON.stringify(contents)).digest("hex");
}

/** What tells the input from others. */
function nameOf({ input: { file }, problem }: Omit<Job, "id">): string {
  if (!isUrl(file)) return problem === undefined ? basename(file) : file;
  const { path, range } = parseFileSpec(file);
  return fileSpecText({ path: urlText(path), ...(range && { range }) });
}
