import { type MethodRegistry, orientationsOf, type TrainedMethod } from "@clidim/denoise";
import {
  blendText,
  type ComparedFigures,
  type ComparedMethod,
  type CropFigures,
  coverageText,
  fluxText,
  type TrainResult,
  train,
} from "@clidim/denoise/node";
import { InputError, type RegionName } from "@clidim/imaging";
import { Command } from "commander";
import { type AxisOptions, addAxisOptions, chosenAxes } from "../axisOptions.js";
import { addConfigurationOptions, chosenConfiguration } from "../configurationOptions.js";
import { formatDuration } from "../duration.js";
import { filesNamed } from "../filesNamed.js";
import { interruptible } from "../interruption.js";
import { fraction, regions, wholeNumber } from "../options.js";
import { present } from "../results.js";
import { shellWord } from "../shellWord.js";
import { table } from "../table.js";
import { print, type Terminal } from "../terminal.js";
import { figuresText, trainingView } from "../trainingView.js";

interface Options extends AxisOptions, Readonly<Record<string, unknown>> {
  readonly noisy: string[];
  readonly clean?: string[];
  readonly second?: string[];
  readonly noise?: string;
  readonly testNoisy?: string[];
  readonly testClean?: string[];
  readonly testRegions?: RegionName[];
  readonly out: string;
  readonly seed: number;
  readonly validation: number;
  readonly resume?: true;
  readonly json?: boolean;
  readonly force?: true;
}

export function trainCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const command = new Command("train")
    .description(
      "Train a denoiser: on pairs of noisy and clean images, or on noisy ones alone where the method can.",
    )
    .requiredOption("--noisy <files...>", "noisy TIFFs, each with one or more pages of one field of view")
    .option(
      "--clean <files...>",
      'what they should look like (default: "average", the mean of each noisy stack; not with methods that need none)',
    )
    .option(
      "--second <files...>",
      "second captures of what the noisy TIFFs show, page by page, for methods that are trained towards other captures (default: the other pages of each noisy TIFF)",
    )
    .option(
      "--noise <file>",
      "the noise of the camera as clidim noise has measured it, for methods that learn with a model of it (default: made from the noisy TIFFs)",
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
    .option("--force", "train on pairs too that do not seem to belong together (default: they are refused)")
    .option("--test-noisy <files...>", "the test set that --selection as-released chooses the model on")
    .option("--test-clean <files...>", 'what these should look like (default: "average")')
    .option("--test-regions <list>", "the parts of these images to choose on (default: all)", regions);
  return addConfigurationOptions(addAxisOptions(command), methods, false)
    .addHelpText(
      "after",
      `
Files may be named by patterns ("fov*.tif", "**/*.tif"), which need no shell, and by folders; what these stand for is in natural order: fov2.tif before fov10.tif.
They may carry a zero-based page range: clean.tif#0-8, clean.tif#3.
Axes: files with several channels need --channel. Pages along t are repeated captures of one image, so that they may be averaged or share a clean page; depths are not, unless
--captures says so (ImageJ calls the pages of any stack slices). Files with the same axes are paired along them.
Clean images: as many files as noisy ones (page by page, or one page for all pages of its noisy file), or one file whose page i belongs to noisy file i, or "average".

Other captures: methods that are trained towards them take the other pages of each noisy file, or --second: as many files as noisy ones, page by page.

Pairs are looked at before training: pages that do not correlate are refused, shifts are printed, and clean images in other units are converted to those of the noisy ones.

With few images: --shots 16 trains on 16 noisy pages. If clean images are averages, --ground-truth all still takes all pages for them, as published; with --ground-truth
shots nothing but the 16 pages exists, and with leave-one-out no page is part of its own target.
The model that is kept is the last one, or the best one on what --validation holds out where the last is more than 0.3 dB worse there; --selection validation keeps the best one, as other methods than
CLIDiM do by default; as-released keeps the best one on the test set, as the published code does, so that figures on this set are too good.

Every other key of the configuration is an option too, such as --weights.l1 50; clidim config --help lists them all.

--out gets model.safetensors, checkpoint.safetensors, manifest.json, metrics.jsonl and preview.png (noisy, denoised by the model that is kept, clean).
With clean images the run ends with the model beside quick methods that need no training, on what was held out (clidim evaluate --baselines has slower ones too), with how much of another method its results are best a mean with where the key blend asks for one, and with a calibration of its uncertainty where it has one (see denoise --uncertainty).
Ctrl-C saves and ends with exit code 130; the same command with --resume goes on and ends with the same weights as an uninterrupted run.

Examples:
  clidim train --noisy fov*.tif --clean average --out model
  clidim train --noisy fov01.tif fov02.tif fov03.tif --clean clean.tif#0-2 --out model --updates 750
  clidim train --noisy noisy.tif#0-17 --clean clean.tif#0-17 --out model --preset recommended --ngf 32
  clidim train --noisy stack.tif --out model --regions right --shots 16 --ground-truth shots
  clidim train --noisy hyperstack.tif --clean average --channel DAPI --z 4 --out model
  clidim train --noisy fov*.tif --clean average --out model --resume`,
    )
    .action(async (options: Options) => {
      const run = await trainOptions(methods, options);
      const result = await interruptible(terminal, `saving the run; go on with --resume`, async (signal) => {
        const view = trainingView(terminal);
        try {
          const baselines = methods.classical.filter(({ slow }) => !slow);
          const done = await train(
            { ...run, classical: methods.classical, baselines },
            { signal, ...view.hooks },
          );
          view.stop();
          present(terminal, options.json ?? false, "trained", trainedRecord(done), () =>
            printResult(terminal, done, methods),
          );
          if (!done.completed) throw signal.reason;
          return done;
        } finally {
          view.stop();
        }
      });
      if (options.json) return;
      const model = shellWord(result.folder.path);
      print(terminal, `Next: clidim denoise --model ${model} --out denoised <files...>`);
    });
}

async function trainOptions(methods: MethodRegistry, options: Options): Promise<Parameters<typeof train>[0]> {
  const {
    noisy,
    clean,
    second,
    noise,
    testNoisy,
    testClean,
    testRegions,
    out,
    seed,
    validation,
    resume,
    force,
  } = options;
  const { method, layers } = await chosenConfiguration(methods, options);
  if (!testNoisy && (testClean ?? testRegions)) {
    throw new InputError(
      `${testClean ? "--test-clean" : "--test-regions"}: there is no test set; name its noisy images too (--test-noisy)`,
    );
  }
  return {
    method,
    noisy: await filesNamed(noisy),
    ...(clean && { clean: await orAverage(clean) }),
    ...(second && { second: await filesNamed(second) }),
    ...(noise !== undefined && { noise }),
    ...chosenAxes(options),
    ...(testNoisy && {
      test: {
        noisy: await filesNamed(testNoisy),
        clean: await orAverage(testClean),
        ...(testRegions && { regions: testRegions }),
      },
    }),
    out,
    preset: layers.preset,
    file: layers.file,
    overrides: layers.flags,
    seed,
    validation,
    resume: resume ?? false,
    force: force ?? false,
  };
}

const orAverage = async (clean: string[] = ["average"]): Promise<string[] | "average"> =>
  clean.length === 1 && clean[0] === "average" ? "average" : filesNamed(clean);

/** The figure that models are chosen by. */
const figureText = (figures: CropFigures): string =>
  "psnr" in figures ? `${figures.psnr.toFixed(2)} dB` : `loss ${figures.loss.toPrecision(4)}`;

/** The figures of the model that is kept, beside those of the noisy images and of the best and the last model; undefined before there are any. */
export function validationText(
  { kept, data }: Pick<TrainResult["manifest"], "kept" | "data">,
  { noisy, best, last }: NonNullable<TrainResult["manifest"]["validation"]>,
): string | undefined {
  const where = data.split.kind === "test" ? "On the test set" : "On the images held out";
  // A model that was kept between two validations has no figures of its own: those of the last one are nearest.
  const shown = [last, best].find((figures) => figures?.update === kept) ?? last;
  if (!shown) return undefined;
  const parts = [
    ...(noisy ? [`noisy ${figuresText(noisy)}`] : []),
    ...(best && best.update !== shown.update ? [`best ${figureText(best)} after update ${best.update}`] : []),
    ...(last && last.update !== shown.update ? [`last ${figureText(last)} after update ${last.update}`] : []),
  ];
  return (
    `${where}: ${figuresText(shown)} after update ${shown.update}` +
    `${parts.length > 0 ? ` (${parts.join("; ")})` : ""}` +
    (shown.update === kept ? "" : `; the model is that after update ${kept}`)
  );
}

/** What --json says of a run; its manifest has all. */
function trainedRecord({ folder, manifest, completed }: TrainResult): object {
  const {
    method,
    updates,
    kept,
    timings,
    validation,
    steppedBack,
    comparison,
    uncertainty,
    fluxCalibration,
    blend,
  } = manifest;
  const seconds = timings.seconds;
  return {
    completed,
    folder,
    method,
    updates,
    kept,
    seconds,
    validation,
    steppedBack,
    comparison,
    uncertainty,
    fluxCalibration,
    blend,
  };
}

/** The model beside what needs no training, on the validation crops. */
export function comparisonLines(
  {
    comparison,
    configuration,
    data,
    status,
  }: Pick<TrainResult["manifest"], "comparison" | "configuration" | "data" | "status">,
  method: Pick<TrainedMethod, "noiseAxis">,
): string[] {
  if (!comparison) {
    return status === "completed" && data.clean === "none"
      ? [
          "Not compared with methods that need no training: without clean images there is no figure that both have (the loss is this method's own).",
        ]
      : [];
  }
  const { noisy, model, classical, notBetter } = comparison;
  const row = (name: string, { psnr, siPsnr, ssim }: ComparedFigures): string[] => [
    name,
    psnr.toFixed(2),
    siPsnr?.toFixed(2) ?? "",
    ssim.toFixed(3),
  ];
  const orientations = orientationsOf({ method, configuration }, undefined);
  const rows = table([
    [data.split.kind === "test" ? "On the test set" : "On the images held out", "PSNR dB", "SI-PSNR", "SSIM"],
    row("noisy", noisy),
    ...classical.map((method) => row(comparedName(method), method)),
    row(orientations === 1 ? "this model" : `this model, mean of ${orientations} orientations`, model),
  ]);
  return [
    ...rows,
    ...(classical.length > 0
      ? [
          "Best: chosen by looking at the clean images. By itself: on the noisy ones, as denoise --method does.",
        ]
      : []),
    ...(notBetter === undefined ? [] : [`${notBetter}.`]),
  ];
}

const comparedName = ({ title, chosen, by }: ComparedMethod): string =>
  by === "clean" ? `best ${title} (${chosen})` : `${title} by itself (${chosen})`;

function printResult(
  terminal: Terminal,
  { folder, manifest, completed }: TrainResult,
  methods: MethodRegistry,
): void {
  const { updates, timings, validation } = manifest;
  print(
    terminal,
    completed
      ? `Trained ${updates.done} updates in ${formatDuration(timings.seconds)}.`
      : `Stopped after ${updates.done} of ${updates.total} updates; everything is saved, --resume goes on.`,
  );
  const figures = validation && validationText(manifest, validation);
  if (figures) print(terminal, figures);
  for (const line of comparisonLines(manifest, methods.trainedAs(manifest.method))) print(terminal, line);
  if (manifest.uncertainty) {
    print(terminal, `Uncertainty of its results: ${coverageText(manifest.uncertainty)}.`);
  }
  if (manifest.fluxCalibration) {
    print(terminal, `Brightness: ${fluxText(manifest.fluxCalibration, manifest.normalization)}.`);
  }
  if (manifest.blend) {
    print(terminal, `Mean: ${blendText(manifest.blend, methods.classicalAs(manifest.blend.method))}.`);
  }
  print(terminal, `Model: ${folder.model}`);
  if (updates.done > 0)
    print(
      terminal,
      `Preview (noisy, denoised${manifest.data.clean === "none" ? "" : ", clean"}): ${folder.preview}`,
    );
}
