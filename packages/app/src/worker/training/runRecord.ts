import { atomicWrite } from "@clidim/imaging/node";
import { join } from "pathe";
import { z } from "zod";
import { runFolder } from "../models/modelPath.js";
import { readFile } from "../node/fsPromises.js";

/** run.json: what a run was asked for, so that it goes on after a reload. */
export interface RunRecord {
  readonly format: "clidim-run";
  readonly formatVersion: 1;
  readonly run: string;
  readonly method: string;
  readonly preset?: string | undefined;
  /** By dotted keys. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly channel?: string | undefined;
  /** Paths of the copies in the storage, or addresses. */
  readonly noisy: readonly string[];
  readonly clean?: readonly string[] | undefined;
  /** What the images are called. */
  readonly names: { readonly noisy: readonly string[]; readonly clean?: readonly string[] | undefined };
  /** Images that were read with other axes than their files say, and these axes: "ZYX". */
  readonly otherAxes?: readonly { readonly name: string; readonly axes: string }[] | undefined;
  /** What has to be done before a command line finds the images. */
  readonly beforehand?: readonly string[] | undefined;
}

const names = z.array(z.string());
const schema: z.ZodType<RunRecord> = z.object({
  format: z.literal("clidim-run"),
  formatVersion: z.literal(1),
  run: z.string(),
  method: z.string(),
  preset: z.string().optional(),
  values: z.record(z.string(), z.unknown()),
  seed: z.number(),
  channel: z.string().optional(),
  noisy: names,
  clean: names.optional(),
  names: z.object({ noisy: names, clean: names.optional() }),
  otherAxes: z.array(z.object({ name: z.string(), axes: z.string() })).optional(),
  beforehand: names.optional(),
});

const fileOf = (run: string): string => join(runFolder(run), "run.json");

export const writeRun = (record: RunRecord): Promise<void> =>
  atomicWrite(fileOf(record.run), `${JSON.stringify(record, null, 2)}\n`);

/** Undefined where there is none, or something else. */
export async function readRun(run: string): Promise<RunRecord | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(fileOf(run), "utf8"))).data;
  } catch {
    return undefined;
  }
}
