import {
  formatDuration,
  type TrainingProgress,
  type TrainingStart,
  type TrainResult,
  train,
} from "@clidim/clidim/node";
import { InputError, type RegionName } from "@clidim/imaging";
import { Command } from "commander";
import { addConfigurationOptions, configurationLayers } from "../configurationOptions.js";
import { interruptible } from "../interruption.js";
import { fraction, regions, wholeNumber } from "../options.js";
import { type Progress, startProgress } from "../progress.js";
import { note, print, type Terminal } from "../terminal.js";

interface Options extends Readonly<Record<string, unknown>> {
  readonly noisy: string[];
  readonly clean?: string[];
  readonly testNoisy?: string[];
  readonly testClean?: string[];
  readonly testRegions?: RegionName[];
  readonly out: string;
  readonly seed: number;
  readonly validation: number;
  readonly resume?: true;
}

export function trainCommand(terminal: Terminal): Command {
  const command = new Command("train")
    .description("Train a denoiser on pairs of noisy and clean images.")
    .requiredOption("--noisy <files...>", "noisy TIFFs, each with one or more pages of one field of view")
    .option(
      "--clean <files...>",
      'what they should look like (default: "average", the mean of each noisy stack)',
    )
    .requiredOption("--out <dir>", "folder for the model and everything about the run")
    .option("--seed <n>", "the same seed gives the same model on the same adapter", wholeNumber(0), 0)
    .option(
      "--validation <fraction>",
      "part of the fields of view (of the pages, if there is one) to hold out",
      fraction,
      0.1,
    )
    .option("--resume", "go on with the run in --out")
    .option("--test-noisy <files...>", "the test set that --selection as-released chooses the model on")
    .option("--test-clean <files...>", 'what these should look like (default: "average")')
    .option("--test-regions <list>", "the parts of these images to choose on (default: all)", regions);
  return addConfigurationOptions(command, false)
    .addHelpText(
      "after",
      `
Files may carry a zero-based page range: clean.tif#0-8, clean.tif#3.
Clean images: as many files as noisy ones (page by page, or one page for all pages of its noisy file), or one file whose page i belongs to noisy file i, or "average".

With few images: --shots 16 trains on 16 noisy pages. If clean images are averages, --ground-truth all still takes all pages for them, as published; with --ground-truth
shots nothing but the 16 pages exists, and with leave-one-out no page is part of its own target.
The model that is kept is the best one on what --validation holds out. --selection last keeps the last one; as-released keeps the best one on the test set, as the published
code does, so that figures on this set are too good.

Every other key of the configuration is an option too, such as --weights.l1 50; clidim config --help lists them all.

--out gets model.safetensors, checkpoint.safetensors, manifest.json, metrics.jsonl and preview.png (noisy, denoised, clean).
Ctrl-C saves and ends with exit code 130; the same command with --resume goes on and ends with the same weights as an uninterrupted run.

Examples:
  clidim train --noisy fov*.tif --clean average --out model
  clidim train --noisy fov01.tif fov02.tif fov03.tif --clean clean.tif#0-2 --out model --updates 750
  clidim train --noisy noisy.tif#0-17 --clean clean.tif#0-17 --out model --preset recommended --ngf 32
  clidim train --noisy stack.tif --out model --regions right --shots 16 --ground-truth shots
  clidim train --noisy fov*.tif --clean average --out model --resume`,
    )
    .action(async (options: Options) => {
      const run = await trainOptions(options);
      const result = await interruptible(terminal, `saving the run; go on with --resume`, async (signal) => {
        const view = trainingView(terminal);
        try {
          const done = await train(run, { signal, ...view.hooks });
          view.stop();
          printResult(terminal, done);
          if (!done.completed) throw signal.reason;
          return done;
        } finally {
          view.stop();
        }
      });
      print(terminal, `Next: clidim denoise --model ${result.folder.path} --out denoised <files...>`);
    });
}

async function trainOptions(options: Options): Promise<Parameters<typeof train>[0]> {
  const { noisy, clean, testNoisy, testClean, testRegions, out, seed, validation, resume } = options;
  const { preset, file, flags } = await configurationLayers(options);
  if (!testNoisy && (testClean ?? testRegions)) {
    throw new InputError(
      `${testClean ? "--test-clean" : "--test-regions"}: there is no test set; name its noisy images too (--test-noisy)`,
    );
  }
  return {
    noisy,
    clean: orAverage(clean),
    ...(testNoisy && {
      test: {
        noisy: testNoisy,
        clean: orAverage(testClean),
        ...(testRegions && { regions: testRegions }),
      },
    }),
    out,
    preset,
    file,
    overrides: flags,
    seed,
    validation,
    resume: resume ?? false,
  };
}

const orAverage = (clean: string[] = ["average"]): string[] | "average" =>
  clean.length === 1 && clean[0] === "average" ? "average" : clean;

/** Shows a training run as it goes. */
export function trainingView(terminal: Terminal): {
  readonly hooks: {
    readonly onStart: (start: TrainingStart) => void;
    readonly onProgress: (progress: TrainingProgress) => void;
    readonly onWarning: (sentence: string) => void;
  };
  readonly stop: () => void;
} {
  let progress: Progress | undefined;
  let estimated = false;
  return {
    hooks: {
      onStart: (start) => {
        for (const line of describeStart(start)) note(terminal, line);
        progress = startProgress(terminal, "update", start.configuration.updates, start.update);
      },
      onProgress: (now) => {
        if (!estimated && now.secondsLeft !== undefined && now.update >= 3) {
          estimated = true;
          progress?.line(`This will take about ${formatDuration(now.secondsLeft)}.`);
        }
        progress?.update(now.update, trainingProgressText(now), now.validated);
      },
      onWarning: (sentence) => note(terminal, `Note: ${sentence}`),
    },
    stop: () => {
      progress?.stop();
      progress = undefined;
    },
  };
}

function* describeStart({ configuration, adapter, split, update }: TrainingStart): Generator<string> {
  const { preset, updates, batch, crop, ngf, downs, notes } = configuration;
  const pages = split.training.reduce((sum, { noisy }) => sum + noisy.length, 0);
  yield `Adapter: ${adapter.name}${adapter.kind === "software" ? " (software)" : ""}`;
  yield `Preset ${preset}: ${updates} updates of ${batch} crops of ${crop} x ${crop} pixels, ngf ${ngf}, ${downs} downs`;
  for (const sentence of notes) yield `Note: ${sentence}`;
  yield `Data: ${pages} noisy pages of ${split.training.length} ${split.training.length === 1 ? "file" : "files"} to train on, ` +
    `${split.validation.length} held out`;
  yield update > 0 ? `Going on after update ${update}` : "Compiling the kernels (quicker the second time)";
}

/** The state of a training in a line. */
export function trainingProgressText({
  losses,
  validation,
  updatesPerSecond,
  secondsLeft,
}: TrainingProgress): string {
  const parts: string[] = [];
  if (updatesPerSecond !== undefined) parts.push(`${updatesPerSecond.toPrecision(2)}/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  if (losses) {
    parts.push(
      `L1 ${losses.l1.toFixed(4)}`,
      `DSSIM ${losses.dssim.toFixed(4)}`,
      `GAN ${losses.gan.toFixed(2)}`,
      `D ${losses.discriminator.toFixed(2)}`,
    );
  }
  if (validation)
    parts.push(`validation ${validation.psnr.toFixed(2)} dB, SSIM ${validation.ssim.toFixed(3)}`);
  return parts.join("  ");
}

/** The figures of the model that is kept, beside those of the noisy images and of the best and the last model; undefined before there are any. */
export function validationText(
  { kept, data }: Pick<TrainResult["manifest"], "kept" | "data">,
  { noisy, best, last }: NonNullable<TrainResult["manifest"]["validation"]>,
): string | undefined {
  const where = data.split.kind === "test" ? "On the test set" : "On the images held out";
  // A model that was kept between two validations has no figures of its own: those of the last one are nearest.
  const shown = [last, best].find((figures) => figures?.update === kept) ?? last;
  if (!shown) return undefined;
  const parts = [`noisy ${decibels(noisy)}, SSIM ${noisy.ssim.toFixed(3)}`];
  if (best && best.update !== shown.update) parts.push(`best ${decibels(best)} after update ${best.update}`);
  if (last && last.update !== shown.update) parts.push(`last ${decibels(last)} after update ${last.update}`);
  return (
    `${where}: ${decibels(shown)}, SSIM ${shown.ssim.toFixed(3)} after update ${shown.update} (${parts.join("; ")})` +
    (shown.update === kept ? "" : `; the model is that after update ${kept}`)
  );
}

const decibels = ({ psnr }: { readonly psnr: number }): string => `${psnr.toFixed(2)} dB`;

function printResult(terminal: Terminal, { folder, manifest, completed }: TrainResult): void {
  const { updates, timings, validation } = manifest;
  print(
    terminal,
    completed
      ? `Trained ${updates.total} updates in ${formatDuration(timings.seconds)}.`
      : `Stopped after ${updates.done} of ${updates.total} updates; everything is saved, --resume goes on.`,
  );
  const figures = validation && validationText(manifest, validation);
  if (figures) print(terminal, figures);
  print(terminal, `Model: ${folder.model}`);
  if (updates.done > 0) print(terminal, `Preview (noisy, denoised, clean): ${folder.preview}`);
}
