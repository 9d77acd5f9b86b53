import type { MethodRegistry } from "@clidim/denoise";
import {
  type EvaluatedPage,
  type EvaluateOptions,
  type Evaluation,
  evaluateFiles,
} from "@clidim/denoise/node";
import { type FurtherMetrics, InputError, type Interval, type PageMetrics } from "@clidim/imaging";
import { Command } from "commander";
import { type AxisOptions, addAxisOptions, chosenAxes } from "../axisOptions.js";
import { filesNamed } from "../filesNamed.js";
import { interruptible } from "../interruption.js";
import { startNotes } from "../notes.js";
import { type Progress, startProgress } from "../progress.js";
import { present } from "../results.js";
import { table } from "../table.js";
import { note, print, type Terminal } from "../terminal.js";
import { startWorkRate } from "../workRate.js";

interface Options extends AxisOptions {
  readonly prediction: string[];
  readonly clean: string[];
  readonly noisy?: string[];
  readonly baselines?: true;
  readonly asReleased?: true;
  readonly json?: boolean;
  readonly force?: true;
}

const titles = (list: MethodRegistry["classical"]): string => list.map(({ title }) => title).join(", ");

export function evaluateCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const quick = methods.classical.filter(({ slow }) => !slow);
  const slow = methods.classical.filter((method) => method.slow);
  const command = new Command("evaluate")
    .description(
      "Compare denoised images with clean ones: PSNR, SSIM, NRMSE and flux per page and on average.",
    )
    .requiredOption("--prediction <files...>", "denoised TIFFs")
    .requiredOption("--clean <files...>", "what they should look like, paired as for training")
    .option(
      "--noisy <files...>",
      `what they were made from: prints the gain, and classical methods at their best beside it (${titles(quick)})`,
    )
    .option("--baselines", `with --noisy: also those that take seconds to minutes (${titles(slow)})`)
    .option(
      "--as-released",
      "further metrics: variants of SSIM and NRMSE, and the three that the authors' released code prints",
    )
    .option("--force", "judge pages too that do not seem to belong together (default: they are refused)");
  return addAxisOptions(command)
    .addHelpText(
      "after",
      `
Files are named as for training: also by patterns and folders, which stand for files in natural order.

PSNR in dB, its peak being max - min of the clean page; SSIM as scikit-image computes it by default; NRMSE over max - min of the clean page. All in float64.
SI-PSNR is the PSNR after the gain and offset that bring the prediction closest to the clean page: where brightness drifts between a capture and the clean image, it tells denoisers apart
that PSNR does not. Flux is the difference of the mean grey value to that of the clean and of the noisy image, in per cent: a denoiser should keep that of the noisy one.
A classical method at its best has the parameters that come nearest to the clean pages, chosen by looking at them: what a denoiser has to beat.
clidim denoise --method applies one without clean pages.
Images are paired along their axes. One channel is judged at a time: --channel; a clean page is the truth of all --captures of an image.
The confidence interval takes the pages for independent; pages of one scene are not.
The metrics named "released" are faulty, and only there to be compared with tables that were made with them: docs/metrics.md.

Examples:
  clidim evaluate --prediction denoised/*.tif --clean clean.tif
  clidim evaluate --prediction out/fov1*.tif --clean clean.tif#9-11 --noisy fov1*.tif --json
  clidim evaluate --prediction denoised/*.tif --clean clean.tif --noisy fov*.tif --baselines --as-released`,
    )
    .action(async (options: Options) => {
      const { prediction, clean, noisy, baselines = false, asReleased: further = false } = options;
      if (baselines && !noisy) {
        throw new InputError("baselines are made from the noisy images; give them as well", {
          keys: ["noisy"],
        });
      }
      const files = {
        prediction: await filesNamed(prediction),
        clean: await filesNamed(clean),
        ...(noisy && { noisy: await filesNamed(noisy) }),
      };
      const evaluation = await interruptible(terminal, "nothing is kept", async (signal) => {
        const view = evaluationView(terminal);
        try {
          return await evaluateFiles({
            ...files,
            ...chosenAxes(options),
            ...(noisy && { baselines: baselines ? methods.classical : quick }),
            further,
            force: options.force ?? false,
            ...view.hooks,
            signal,
          });
        } finally {
          view.stop();
        }
      });
      present(terminal, options.json ?? false, "evaluation", evaluation, () =>
        printEvaluation(terminal, evaluation),
      );
    });
}

/** Seconds after which it is shown how far an evaluation is: most are done by then. */
const PATIENCE = 2;

/** Shows how many pages are judged, where that takes a while. */
function evaluationView(terminal: Terminal): {
  readonly hooks: Required<Pick<EvaluateOptions, "onProgress" | "onWarning">>;
  readonly stop: () => void;
} {
  const start = performance.now();
  let progress: Progress | undefined;
  const notes = startNotes(terminal, (line) => (progress ? progress.line(line) : note(terminal, line)));
  const rate = startWorkRate();
  return {
    hooks: {
      onProgress: ({ pages, pagesLeft, file, ...pixels }) => {
        const text = [rate({ pages, ...pixels }), file].filter((part) => part !== "").join("  ");
        if (performance.now() - start < 1000 * PATIENCE) return;
        progress ??= startProgress(terminal, "page", pages + pagesLeft);
        progress.update(pages, text, pagesLeft === 0);
      },
      onWarning: (sentence) => notes.add(sentence),
    },
    stop: () => {
      notes.summarise();
      progress?.stop();
    },
  };
}

/** The tables that people read. */
export function printEvaluation(terminal: Terminal, evaluation: Evaluation): void {
  const { pages, mean, interval } = evaluation;
  const columns = ["PSNR", "SI-PSNR", "SSIM", "NRMSE"];
  const withNoisy = mean.noisy !== undefined;
  const header = [
    "",
    ...columns,
    "flux",
    ...(withNoisy ? ["flux/noisy", ...columns.map((name) => `noisy ${name}`), "gain"] : []),
  ];
  const rows = pages.map((page) => [pageName(page), ...cells(page)]);
  for (const line of table([header, ...rows, ["mean", ...cells(mean)]])) print(terminal, line);
  if (interval?.psnr && interval.siPsnr && interval.ssim && interval.nrmse) {
    const { psnr, siPsnr, ssim, nrmse } = interval;
    print(
      terminal,
      `95 % confidence intervals of the means: PSNR ${range(psnr, 2)} dB, SI-PSNR ${range(siPsnr, 2)} dB, SSIM ${range(ssim, 4)}, NRMSE ${range(nrmse, 4)}`,
    );
  }
  if (mean.further) {
    print(terminal);
    printFurther(terminal, pages, mean.further);
  }
  if (mean.gain) {
    print(terminal);
    print(
      terminal,
      `Gain over the noisy images: ${decibels(mean.gain.psnr)}, SI-PSNR ${decibels(mean.gain.siPsnr)}`,
    );
    printBaselines(terminal, evaluation);
  }
}

function printFurther(terminal: Terminal, pages: readonly EvaluatedPage[], mean: FurtherMetrics): void {
  const rows = pages.flatMap((page) =>
    page.further ? [[pageName(page), ...furtherCells(page.further)]] : [],
  );
  const header = [
    "",
    "SSIM (Gaussian)",
    "NRMSE (mean)",
    "NRMSE (Euclidean)",
    "released PSNR",
    "released SSIM",
    "released NRMSE",
  ];
  for (const line of table([header, ...rows, ["mean", ...furtherCells(mean)]])) print(terminal, line);
  print(
    terminal,
    'Those named "released" are what the authors\' code prints, and faulty: see docs/metrics.md.',
  );
}

function printBaselines(terminal: Terminal, { baselines = [] }: Evaluation): void {
  for (const { title, chosen, psnr, siPsnr, ssim, flux, gain } of baselines) {
    print(
      terminal,
      `Best ${title} (${chosen}, chosen by looking at the clean images): ` +
        `${psnr.toFixed(2)} dB, SI-PSNR ${siPsnr.toFixed(2)} dB, SSIM ${ssim.toFixed(4)}, flux ${percent(flux.clean)}, gain ${decibels(gain)}`,
    );
  }
}

function pageName({ file, page }: EvaluatedPage): string {
  return `${file} page ${page}`;
}

function cells({
  prediction,
  flux,
  noisy,
  gain,
}: Pick<EvaluatedPage, "prediction" | "flux" | "noisy" | "gain">): string[] {
  return [
    ...figures(prediction),
    percent(flux.clean),
    ...(flux.noisy === undefined ? [] : [percent(flux.noisy)]),
    ...(noisy && gain ? [...figures(noisy), decibels(gain.psnr)] : []),
  ];
}

function figures({ psnr, siPsnr, ssim, nrmse }: PageMetrics): string[] {
  return [psnr.toFixed(2), siPsnr.toFixed(2), ssim.toFixed(4), nrmse.toFixed(4)];
}

function furtherCells(metrics: FurtherMetrics): string[] {
  return [
    metrics.ssimGaussian.toFixed(4),
    metrics.nrmseMean.toFixed(4),
    metrics.nrmseEuclidean.toFixed(4),
    metrics.psnrAsReleased.toFixed(2),
    metrics.ssimAsReleased.toFixed(4),
    metrics.nrmseAsReleased.toPrecision(3),
  ];
}

function range({ low, high }: Interval, digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

function decibels(gain: number): string {
  return `${gain >= 0 ? "+" : ""}${gain.toFixed(2)} dB`;
}

/** "+1.02 %". */
function percent(difference: number): string {
  return `${difference >= 0 ? "+" : ""}${(100 * difference).toFixed(2)} %`;
}
