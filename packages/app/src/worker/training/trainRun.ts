import { type TrainingProgress, type TrainResult, train } from "@clidim/denoise/node";
import { fileError, InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { join } from "pathe";
import type { TrainEvents, TrainedRun, TrainProgress, TrainRequest } from "../../engine/engine.js";
import type { Copying } from "../copying.js";
import { computer, kindOf, onAnotherDevice } from "../device.js";
import { Stopped, shownText } from "../failures.js";
import { openedImage } from "../images/openImages.js";
import type { JobSignals } from "../jobs.js";
import { runFolder, trainingPath } from "../models/modelPath.js";
import { mkdir, rm } from "../node/fsPromises.js";
import { checkRoom, copyImages } from "./copyImages.js";
import { isThere } from "./isThere.js";
import { isLeftOver } from "./leftOver.js";
import { nestedValues } from "./nestedValues.js";
import { previewWatch } from "./previewWatch.js";
import { holdingRun } from "./runLock.js";
import { type RunRecord, readRun, writeRun } from "./runRecord.js";
import { describeRun } from "./storedRuns.js";

/** Seconds between checkpoints: a page may be closed at any time. Each comes with a preview, for which a processor takes as long as for many updates. */
const SECONDS = { gpu: 20, processor: 120 } as const;
/** Decoded pixels that are kept in memory, which a browser has less of. */
const CACHE_BYTES = 2 ** 28;
/** Devices that are opened anew in a session, at most. */
const REOPENED = 3;
/** Milliseconds between two messages of progress. */
const BETWEEN = 100;

/** Starts a run on copies of the images. One that is stopped while they are copied is `Stopped`, and nothing of it is kept; later, it is one to go on with. */
export async function trainRun(
  request: TrainRequest,
  events: TrainEvents,
  signals: JobSignals,
): Promise<TrainedRun> {
  const { run, method, preset, values, seed = 0, channel, noisy, clean } = request;
  if (run.trim() === "") throw new InputError("the training has no name, give it one");
  await computer();
  return holdingRun(run, async () => {
    const folder = runFolder(run);
    if (await isThere(folder)) {
      if (!(await isLeftOver(run)))
        throw new InputError(`there is a run called ${run} already; choose another name`);
      await rm(folder, { recursive: true });
    }
    const images = [...noisy, ...(clean ?? [])].map(openedImage);
    const otherAxes = images.flatMap(({ called, told: { insteadOf, axes } }) =>
      insteadOf === undefined ? [] : [{ name: called, axes: axes.join("") }],
    );
    const beforehand = images.flatMap((image) => image.beforehand ?? []);
    await checkRoom(images);
    const copying: Copying = {
      // There is nothing yet that a training could be completed with.
      proceed: () => {
        if (signals.signal.aborted || signals.finish.aborted) throw new Stopped();
      },
      onPhase: events.onPhase,
    };
    try {
      await mkdir(folder, { recursive: true });
      const nameOf = (id: string): string => openedImage(id).called;
      const record: RunRecord = {
        format: "clidim-run",
        formatVersion: 1,
        ...{ run, method, preset, values, seed, channel },
        noisy: await copyImages(noisy.map(openedImage), join(folder, "noisy"), copying),
        ...(clean && { clean: await copyImages(clean.map(openedImage), join(folder, "clean"), copying) }),
        names: { noisy: noisy.map(nameOf), ...(clean && { clean: clean.map(nameOf) }) },
        ...(otherAxes.length > 0 && { otherAxes }),
        ...(beforehand.length > 0 && { beforehand }),
      };
      await writeRun(record);
      return await goOn(record, events, signals);
    } catch (error) {
      // Nothing was trained that could be gone on with.
      const trained = await isThere(join(trainingPath(run), "manifest.json")).catch(() => true);
      if (!trained) await rm(folder, { recursive: true, force: true });
      throw fileError("write", run, error);
    }
  });
}

/** Goes on with a run of the storage. */
export async function resumeRun(run: string, events: TrainEvents, signals: JobSignals): Promise<TrainedRun> {
  await computer();
  return holdingRun(run, async () => {
    const record = await readRun(run);
    if (!record) throw new InputError(`${run} cannot be gone on with: what it was asked for is missing`);
    return goOn(record, events, signals);
  });
}

/** As the library does it; where a device is lost, the last checkpoint is gone on from. A run that is stopped before its first update is one to go on with as well. */
async function goOn(record: RunRecord, events: TrainEvents, signals: JobSignals): Promise<TrainedRun> {
  let completed = false;
  try {
    const result = await onAnotherDevice(() => trainOnce(record, events, signals), {
      times: REOPENED,
      goingOn: "going on from the last checkpoint",
      onWarning: events.onWarning,
    });
    completed = result.completed;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return { run: await describeRun(record.run), completed };
}

async function trainOnce(record: RunRecord, events: TrainEvents, signals: JobSignals): Promise<TrainResult> {
  const kind = kindOf(await computer());
  const { run, preset, values, seed, channel, noisy, clean } = record;
  const out = trainingPath(run);
  const resume = await isThere(join(out, "manifest.json"));
  // What a training has left that was ended before its first file.
  if (!resume && (await isThere(out))) await rm(out, { recursive: true });
  let shown: readonly string[] = [];
  const showPreview = previewWatch(join(out, "preview.png"), events.onPreview);
  let last = Number.NEGATIVE_INFINITY;
  let told: TrainingProgress["losses"];
  const onProgress = (progress: TrainingProgress): void => {
    const now = performance.now();
    const { update, updates, losses, validated } = progress;
    const isPoint = validated || losses !== told;
    if (!isPoint && update < updates && now - last < BETWEEN) return;
    last = now;
    told = losses;
    events.onProgress(progressOf(progress, shown, isPoint));
    void showPreview();
  };
  const result = await train(
    {
      method: methods.trainedNamed(record.method),
      ...{ noisy, preset, seed, out, resume },
      ...(clean && { clean }),
      ...(channel !== undefined && { channel }),
      overrides: nestedValues(values),
      classical: methods.classical,
      baselines: methods.classical.filter(({ slow }) => !slow),
      checkpointEvery: { seconds: SECONDS[kind] },
      cacheBytes: CACHE_BYTES,
    },
    {
      ...signals,
      onProgress,
      onStart: (start) => {
        shown = start.shown.map(({ metric }) => metric);
        for (const note of start.configuration.notes) events.onWarning(note);
        events.onPhase(start.update > 0 ? `Going on after update ${start.update}` : "Compiling the kernels");
      },
      onWarning: (sentence) => events.onWarning(shownText(sentence)),
      onPhase: (sentence) => events.onPhase(shownText(sentence)),
      onCompile: ({ done, total }) => events.onPhase(`Compiling the kernels: ${done} of ${total}`),
    },
  );
  await showPreview();
  return result;
}

/** Figures are told once, at the points of the log that they are of. */
function progressOf(
  { update, updates, updatesPerSecond, secondsLeft, losses, validation, validated }: TrainingProgress,
  shown: readonly string[],
  isPoint: boolean,
): TrainProgress {
  return {
    ...{ update, updates, shown },
    ...(updatesPerSecond !== undefined && { updatesPerSecond }),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...(isPoint && losses && { losses }),
    ...(validated && validation && { validation: { ...validation } }),
  };
}
