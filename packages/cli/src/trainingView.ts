import { usedAxesText } from "@clidim/denoise";
import type { CropFigures, TrainingProgress, TrainingStart } from "@clidim/denoise/node";
import type { Compilation } from "@clidim/tensor";
import { formatDuration } from "./duration.js";
import { startNotes } from "./notes.js";
import { type Progress, startProgress } from "./progress.js";
import { note, type Terminal } from "./terminal.js";

/** Milliseconds of compilation that nobody is told of: with a warm cache of the driver all kernels take less. */
const quietCompilation = 3000;

/** Shows a training run as it goes. */
export function trainingView(terminal: Terminal): {
  readonly hooks: {
    readonly onStart: (start: TrainingStart) => void;
    readonly onProgress: (progress: TrainingProgress) => void;
    readonly onWarning: (sentence: string) => void;
    readonly onPhase: (sentence: string) => void;
    readonly onCompile: (compilation: Compilation) => void;
  };
  readonly stop: () => void;
} {
  let progress: Progress | undefined;
  let shown: TrainingStart["shown"] = [];
  let estimated = false;
  let update = 0;
  /** When the kernels that are being compiled were first heard of. */
  let compiling: number | undefined;
  const notes = startNotes(terminal, (line) => (progress ? progress.line(line) : note(terminal, line)));
  return {
    hooks: {
      onStart: (start) => {
        shown = start.shown;
        for (const line of describeStart(start)) note(terminal, line);
        update = start.update;
        progress = startProgress(terminal, "update", start.configuration.updates, update);
      },
      onProgress: (now) => {
        update = now.update;
        if (!estimated && now.secondsLeft !== undefined && now.update >= 3) {
          estimated = true;
          progress?.line(`This will take about ${formatDuration(now.secondsLeft)}.`);
        }
        progress?.update(now.update, trainingProgressText(now, shown), now.validated);
      },
      onWarning: (sentence) => notes.add(sentence),
      onPhase: (sentence) => (progress ? progress.line(sentence) : note(terminal, sentence)),
      onCompile: ({ done, total }) => {
        const now = performance.now();
        compiling ??= now;
        if (now - compiling >= quietCompilation)
          progress?.update(update, `compiling kernels ${done}/${total}`);
        if (done === total) compiling = undefined;
      },
    },
    stop: () => {
      notes.summarise();
      progress?.stop();
      progress = undefined;
    },
  };
}

function* describeStart({
  method,
  configuration,
  adapter,
  split,
  axes,
  update,
}: TrainingStart): Generator<string> {
  const { preset, updates, batch, crop, notes } = configuration;
  const sizes = Object.entries(configuration)
    .filter(([key]) => Object.hasOwn(method.space.common, key) && !["updates", "batch", "crop"].includes(key))
    .map(([key, value]) => `, ${key} ${String(value)}`);
  const pages = split.training.reduce((sum, { noisy }) => sum + noisy.length, 0);
  yield `Adapter: ${adapter.name}${adapter.kind === "software" ? " (software)" : ""}`;
  yield `${method.title}, preset ${preset}: ${updates} updates of ${batch} crops of ${crop} x ${crop} pixels${sizes.join("")}`;
  for (const sentence of notes) yield `Note: ${sentence}`;
  yield `Data: ${pages} noisy ${pages === 1 ? "page" : "pages"} of ${split.training.length} ${split.training.length === 1 ? "file" : "files"} to train on, ` +
    `${split.validation.length} held out${axes ? `; of the files: ${usedAxesText(axes)}` : ""}`;
  yield update > 0 ? `Going on after update ${update}` : "Compiling the kernels (quicker the second time)";
}

/** The state of a training in a line, with the losses that its method shows. */
export function trainingProgressText(
  { losses, validation, updatesPerSecond, secondsLeft }: TrainingProgress,
  shown: TrainingStart["shown"],
): string {
  const parts: string[] = [];
  if (updatesPerSecond !== undefined) parts.push(`${updatesPerSecond.toPrecision(2)}/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  for (const { metric, label, digits } of shown) {
    const value = losses?.[metric];
    if (value !== undefined) parts.push(`${label} ${value.toFixed(digits)}`);
  }
  if (validation) parts.push(`validation ${figuresText(validation)}`);
  return parts.join("  ");
}

/** "30.12 dB, SSIM 0.901", or the loss where there are no clean images. */
export const figuresText = (figures: CropFigures): string =>
  "psnr" in figures
    ? `${figures.psnr.toFixed(2)} dB, SSIM ${figures.ssim.toFixed(3)}`
    : `loss ${figures.loss.toPrecision(4)}`;
