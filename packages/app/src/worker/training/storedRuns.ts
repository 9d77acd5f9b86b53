import { type Manifest, readManifest } from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { StoredRun, TrainProgress } from "../../engine/engine.js";
import { beforehandText } from "../beforehandText.js";
import { runFolder, trainingPath } from "../models/modelPath.js";
import { mapOf } from "../models/openModel.js";
import { readdir, readFile, rm, stat } from "../node/fsPromises.js";
import { isLeftOver } from "./leftOver.js";
import { holdingRun, runsElsewhere } from "./runLock.js";
import { type RunRecord, readRun } from "./runRecord.js";
import { trainCommand } from "./trainCommand.js";

/** What is kept of runs of the storage, the latest first. What copying has left of one whose page was closed is removed: nothing can be done with it. */
export async function storedRuns(names: readonly string[]): Promise<readonly StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const run of names) {
    // One that fails does not hide the others, nor is it removed.
    if (await removedLeftOver(run).catch(() => false)) continue;
    runs.push(await describeRun(run).catch(() => ({ ...unreadable(run), changed: 0, bytes: 0 })));
  }
  return runs.sort((a, b) => b.changed - a.changed);
}

/** Whether a run was left over, and is removed. Rejects where its images are being copied just now, and where it cannot be looked at. */
const removedLeftOver = async (run: string): Promise<boolean> =>
  (await isLeftOver(run)) &&
  holdingRun(run, async () => {
    const left = await isLeftOver(run);
    if (left) await rm(runFolder(run), { recursive: true, force: true });
    return left;
  });

export async function removeRun(run: string): Promise<void> {
  await holdingRun(run, () => rm(runFolder(run), { recursive: true, force: true }));
}

const unreadable = (run: string): Omit<StoredRun, "changed" | "bytes"> => ({
  ...{ run, method: "", update: 0, updates: 0, images: [], history: [], command: "" },
  ...{ state: "unreadable", goesOn: false },
});

export async function describeRun(run: string): Promise<StoredRun> {
  const elsewhere = await runsElsewhere();
  const { bytes, changed } = await sizeOf(runFolder(run));
  const record = await readRun(run);
  const running = elsewhere(run);
  // What another tab copies the images of has no record yet.
  if (!record)
    return { ...unreadable(run), changed, bytes, ...(running && { state: "running elsewhere" as const }) };
  const { method, preset, names } = record;
  const commandNotes = notesOf(record);
  const known = {
    ...{ run, method, changed, bytes },
    ...(preset !== undefined && { preset }),
    images: [...names.noisy, ...(names.clean ?? [])],
    command: trainCommand(record),
    ...(commandNotes.length > 0 && { commandNote: commandNotes.join(" ") }),
  };
  let manifest: Manifest | undefined;
  try {
    manifest = await manifestOf(run, method);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...unreadable(run), ...known };
  }
  const unfinished = { state: running ? "running elsewhere" : "paused", goesOn: !running } as const;
  if (!manifest) return { ...known, ...unfinished, update: 0, updates: 0, history: [] };
  const { done, total } = manifest.updates;
  // Of a training that has collapsed too often there is nothing to go on with.
  const step = manifest.steppedBack?.at(-1);
  const exhausted = step !== undefined && step.remedy === undefined && !step.final;
  const finished = { state: "finished", goesOn: done < total && !exhausted } as const;
  const best = bestText(manifest);
  const { configuration, uncertainty } = manifest;
  const map = mapOf({ method: methods.trainedAs(manifest.method), configuration, uncertainty });
  return {
    ...known,
    ...{ update: done, updates: total },
    ...(manifest.status === "completed" ? finished : unfinished),
    history: await historyOf(run, manifest),
    ...(best !== undefined && { best }),
    ...(map && { uncertainty: map }),
  };
}

/** In what the command line does otherwise. */
const notesOf = ({ otherAxes, beforehand = [] }: RunRecord): readonly string[] => [
  ...(otherAxes
    ? [
        `Here ${otherAxes.map(({ name, axes }) => `${name} was read as ${axes}`).join(", ")}; the command line reads the axes that files say.`,
      ]
    : []),
  ...beforehandText(beforehand),
];

/** Undefined where a run has not begun to train. */
async function manifestOf(run: string, method: string): Promise<Manifest | undefined> {
  const path = join(trainingPath(run), "manifest.json");
  const there = await stat(path).catch(() => undefined);
  return there && readManifest(path, methods.trainedNamed(method));
}

function bestText({ validation }: Manifest): string | undefined {
  const best = validation?.best;
  if (!best) return undefined;
  const figure = "psnr" in best ? `PSNR ${best.psnr.toFixed(2)} dB` : `loss ${best.loss.toPrecision(4)}`;
  return `${figure} at update ${best.update}`;
}

/** What the log holds, as far as it can be read: it is there to be looked at. */
async function historyOf(
  run: string,
  { method, configuration, updates }: Manifest,
): Promise<TrainProgress[]> {
  const text = await readFile(join(trainingPath(run), "metrics.jsonl"), "utf8").catch(() => "");
  const shown = methods
    .trainedAs(method)
    .shown(configuration)
    .map(({ metric }) => metric);
  return text.split("\n").flatMap((line): TrainProgress[] => {
    if (line === "") return [];
    const { update, losses, validation } = pointOf(line);
    if (update === undefined) return [];
    return [
      {
        ...{ update, updates: updates.total, shown },
        ...(losses && { losses }),
        ...(validation && { validation }),
      },
    ];
  });
}

/** A line as the library writes it; of one that was cut off nothing. */
function pointOf(line: string): Partial<TrainProgress> {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

async function sizeOf(folder: string): Promise<{ readonly bytes: number; readonly changed: number }> {
  let [bytes, changed] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // What is replaced just now is looked at the next time.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += found?.size ?? 0;
    changed = Math.max(changed, found?.mtimeMs ?? 0);
  }
  return { bytes, changed };
}
