import type { PageMetrics } from "@clidim/clidim";
import { type EvaluatedPage, type Evaluation, evaluateFiles } from "@clidim/clidim/node";
import { Command } from "commander";
import { table } from "../table.js";
import { print, type Terminal } from "../terminal.js";

interface Options {
  readonly prediction: string[];
  readonly clean: string[];
  readonly noisy?: string[];
  readonly json?: true;
}

export function evaluateCommand(terminal: Terminal): Command {
  return new Command("evaluate")
    .description("Compare denoised images with clean ones: PSNR, SSIM and NRMSE per page and on average.")
    .requiredOption("--prediction <files...>", "denoised TIFFs")
    .requiredOption("--clean <files...>", "what they should look like, paired as for training")
    .option(
      "--noisy <files...>",
      "what they were made from: prints the gain, and the best Gaussian blur beside it",
    )
    .option("--json", "print JSON (a number that is infinite, for equal pages, is null)")
    .addHelpText(
      "after",
      `
PSNR in dB, its peak being max - min of the clean page; SSIM as scikit-image computes it by default; NRMSE over max - min of the clean page. All in float64.
The best Gaussian blur is the one whose width is chosen by looking at the clean pages: what a denoiser has to beat.

Examples:
  clidim evaluate --prediction denoised/*.tif --clean clean.tif
  clidim evaluate --prediction out/fov1*.tif --clean clean.tif#9-11 --noisy fov1*.tif --json`,
    )
    .action(async (options: Options) => {
      const { prediction, clean, noisy } = options;
      const evaluation = await evaluateFiles({ prediction, clean, ...(noisy && { noisy }) });
      if (options.json) print(terminal, JSON.stringify(evaluation, null, 2));
      else printEvaluation(terminal, evaluation);
    });
}

/** The table that people read. */
export function printEvaluation(terminal: Terminal, { pages, mean, bestBlur }: Evaluation): void {
  const columns = ["PSNR", "SSIM", "NRMSE"];
  const withNoisy = mean.noisy !== undefined;
  const header = ["", ...columns, ...(withNoisy ? [...columns.map((name) => `noisy ${name}`), "gain"] : [])];
  const rows = pages.map((page) => [`${page.file} page ${page.page}`, ...cells(page)]);
  for (const line of table([header, ...rows, ["mean", ...cells(mean)]])) print(terminal, line);
  if (!bestBlur || !mean.gain) return;
  print(terminal);
  print(terminal, `Gain over the noisy images: ${decibels(mean.gain.psnr)}`);
  print(
    terminal,
    `Best Gaussian blur (sigma ${bestBlur.sigma.toFixed(2)} pixels, chosen by looking at the clean images): ` +
      `${bestBlur.psnr.toFixed(2)} dB, SSIM ${bestBlur.ssim.toFixed(4)}, gain ${decibels(bestBlur.gain)}`,
  );
}

function cells({ prediction, noisy, gain }: Pick<EvaluatedPage, "prediction" | "noisy" | "gain">): string[] {
  return [...figures(prediction), ...(noisy && gain ? [...figures(noisy), decibels(gain.psnr)] : [])];
}

function figures({ psnr, ssim, nrmse }: PageMetrics): string[] {
  return [psnr.toFixed(2), ssim.toFixed(4), nrmse.toFixed(4)];
}

function decibels(gain: number): string {
  return `${gain >= 0 ? "+" : ""}${gain.toFixed(2)} dB`;
}
