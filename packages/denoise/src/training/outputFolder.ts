import { rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "@clidim/imaging";
import { entriesOf, lockFile, removeUnfinished } from "@clidim/imaging/node";

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

function trainingFiles(path: string): string[] {
  const { path: _folder, ...files } = trainingFolder(path);
  return Object.values(files);
}

/** Removes the files of a run, and the folder where nothing else is in it. */
export async function removeTrainingFiles({ path }: TrainingFolder): Promise<void> {
  for (const file of [...trainingFiles(path), lockFile(path, "training")]) await rm(file, { force: true });
  await rmdir(path).catch(() => undefined); // there may be something else in it
}

/** Removes what a run that was killed while it wrote a file has left of it. */
export async function removeUnfinishedFiles({ path }: TrainingFolder): Promise<void> {
  const files = [...trainingFiles(path), lockFile(path, "training")];
  await removeUnfinished(
    path,
    files.map((file) => basename(file)),
  );
}

/**
 * Refuses a folder that holds something when a run is to start there, and one that holds no run when a run is to go on. A run is there from the moment its manifest is,
 * which is the first file that it writes.
 */
export async function checkTrainingFolder(path: string, resume: boolean): Promise<void> {
  const entries = await entriesOf(path);
  const started = entries?.includes("manifest.json");
  if (resume && !started) {
    throw new InputError(
      `${path} holds no training run to go on with (expected manifest.json); start one without resuming`,
      { keys: ["resume"] },
    );
  }
  if (!resume && entries && entries.length > 0) {
    throw new InputError(
      started
        ? `${path} holds a training run already; resume it, or give another folder`
        : `${path} is not empty (it holds ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", ..." : ""}); give a new or an empty folder`,
      { keys: ["out"] },
    );
  }
}

/**
 * Whether a folder that nothing but a training writes to holds a run to go on with; what a run that was killed before its first checkpoint has left there is removed.
 */
export async function prepareResumption(path: string): Promise<boolean> {
  const entries = await entriesOf(path);
  if (entries?.includes("checkpoint.safetensors") && entries.includes("manifest.json")) return true;
  for (const file of trainingFiles(path)) await rm(file, { force: true });
  return false;
}

/** Refuses a folder that holds something else than an ablation. */
export async function checkAblationFolder(path: string): Promise<void> {
  const entries = await entriesOf(path);
  if (entries && entries.length > 0 && !entries.includes("ablation.json")) {
    throw new InputError(
      `${path} holds something that is no ablation (${entries.slice(0, 3).join(", ")}); give an empty or a new folder`,
      { keys: ["out"] },
    );
  }
}

const DEMO_MARKER = "clidim-demo.json";

/** The file that tells a demo's folder from others. */
export function demoMarker(path: string): string {
  return join(path, DEMO_MARKER);
}

/** What a demo writes beside its marker, as paths in its folder. */
const OF_A_DEMO =
  /^(before-after\.png|(noisy|clean|denoised)(\/scene\d+\.tif)?|denoised\/denoised\.json|model)$/;

/** Removes what an earlier demo has written; refuses a folder with anything else in it. */
export async function clearDemoFolder(path: string): Promise<void> {
  const entries = await entriesOf(path);
  if (!entries || entries.length === 0) return;
  const all = [...entries];
  for (const name of ["noisy", "clean", "denoised"]) {
    if (entries.includes(name))
      all.push(...((await entriesOf(join(path, name))) ?? []).map((file) => `${name}/${file}`));
  }
  const ofModel = trainingFiles("").map((file) => basename(file));
  const inModel = entries.includes("model") ? ((await entriesOf(join(path, "model"))) ?? []) : [];
  const marked = entries.includes(DEMO_MARKER);
  const foreign = [
    ...all.filter((name) => name !== DEMO_MARKER && !OF_A_DEMO.test(name)),
    ...inModel.filter((name) => !ofModel.includes(name)).map((name) => `model/${name}`),
  ];
  if (!marked || foreign.length > 0) {
    const found = (marked ? foreign : entries).slice(0, 3).join(", ");
    throw new InputError(
      `${path} holds something that the demo did not write (${found}); give an empty or a new folder`,
      { keys: ["out"] },
    );
  }
  for (const name of entries) await rm(join(path, name), { recursive: true, force: true });
}
