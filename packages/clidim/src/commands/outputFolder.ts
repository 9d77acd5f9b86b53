import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../files/fileError.js";
import { InputError } from "../image/inputError.js";

/** The names of a folder's entries without hidden ones; undefined where there is no such folder. */
async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw fileError("write", path, error);
  }
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw error instanceof Error && "code" in error && error.code === "EEXIST"
      ? new InputError(`write ${path}: is a file, expected a folder`, { cause: error })
      : fileError("write", path, error);
  }
}

/** The files of a training run. */
export interface TrainingFolder {
  readonly path: string;
  readonly model: string;
  readonly checkpoint: string;
  readonly manifest: string;
  readonly metrics: string;
  readonly preview: string;
}

/** The places of the files in `path`; touches nothing. */
export function trainingFolder(path: string): TrainingFolder {
  return {
    path,
    model: join(path, "model.safetensors"),
    checkpoint: join(path, "checkpoint.safetensors"),
    manifest: join(path, "manifest.json"),
    metrics: join(path, "metrics.jsonl"),
    preview: join(path, "preview.png"),
  };
}

/** Removes the files of a run, and the folder where nothing else is in it. */
export async function removeTrainingFiles({ path, ...files }: TrainingFolder): Promise<void> {
  for (const file of Object.values(files)) await rm(file, { force: true });
  await rmdir(path).catch(() => undefined); // there may be something else in it
}

/**
 * Refuses a folder that holds something when a run is to start there, and one that holds no checkpoint when a run is to go on.
 */
export async function checkTrainingFolder(path: string, resume: boolean): Promise<void> {
  const entries = await entriesOf(path);
  const started = entries?.includes("checkpoint.safetensors") && entries.includes("manifest.json");
  if (resume && !started) {
    throw new InputError(
      `${path} holds no training run to go on with (expected checkpoint.safetensors and manifest.json); leave out --resume to start one`,
    );
  }
  if (!resume && entries && entries.length > 0) {
    throw new InputError(
      started
        ? `${path} holds a training run already; go on with it by --resume, or give another --out`
        : `${path} is not empty (it holds ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", ..." : ""}); give a new or an empty folder as --out`,
    );
  }
}

/** The file that tells a demo's folder from others. */
export function demoMarker(path: string): string {
  return join(path, "clidim-demo.json");
}

/** Removes what an earlier demo has written; refuses a folder with anything else in it. */
export async function clearDemoFolder(path: string): Promise<void> {
  const entries = await entriesOf(path);
  if (!entries || entries.length === 0) return;
  const own = new Set(["clidim-demo.json", "noisy", "clean", "model", "denoised", "before-after.png"]);
  const foreign = entries.filter((name) => !own.has(name));
  if (!entries.includes("clidim-demo.json") || foreign.length > 0) {
    const found = (foreign.length > 0 ? foreign : entries).slice(0, 3).join(", ");
    throw new InputError(
      `${path} holds something that the demo did not write (${found}); give an empty or a new folder as --out`,
    );
  }
  for (const name of own) await rm(join(path, name), { recursive: true, force: true });
}
