import type { MethodRegistry } from "@clidim/denoise";
import { type EvaluateOptions, type Evaluation, evaluateFiles, evaluationTables } from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { methodThreads } from "@clidim/methods/node";
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
  readonly baselines?: true | readonly string[];
  readonly asReleased?: true;
  readonly json?: boolean;
  readonly force?: true;
  readonly report?: string;
}

const titles = (list: MethodRegistry["classical"]): string => list.map(({ title }) => title).join(", ");

export function evaluateCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const quick = methods.classical.filter(({ slow }) => !slow);
  const slow = methods.classical.filter((method) => method.slow);
  const named = slow.length > 0 ? ` --baselines ${slow.at(-1)?.name}` : "";
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
    .option(
      "--baselines [methods...]",
      `with --noisy: also those that take seconds to minutes (${slow.map(({ name, title }) => `${name}: ${title}`).join(", ")}), or those of them that are named`,
    )
    .option(
      "--as-released",
      "further metrics: variants of SSIM and NRMSE, and the three that the authors' released code prints",
    )
    .option(
      "--report <file.html>",
      "write a report to look at: the tables, and of up to eight pages crops of all that was made of them, residuals and errors",
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
  clidim evaluate --prediction denoised/*.tif --clean clean.tif --noisy fov*.tif --baselines --as-released
  clidim evaluate --prediction denoised/*.tif --clean clean.tif --noisy fov*.tif${named} --report evaluation.html`,
    )
    .action(async (options: Options) => {
      const { prediction, clean, noisy, baselines, asReleased: further = false } = options;
      if (baselines && !noisy) {
        throw new InputError("baselines are made from the noisy images; give them as well", {
          keys: ["noisy"],
        });
      }
      const chosen = slowOnes(slow, baselines);
      const compared = methods.classical.filter((method) => !method.slow || chosen.includes(method));
      const files = {
        prediction: await filesNamed(prediction),
        clean: await filesNamed(clean),
        ...(noisy && { noisy: await filesNamed(noisy) }),
      };
      await interruptible(terminal, "nothing is kept", async (signal) => {
        const view = evaluationView(terminal);
        try {
          await evaluateFiles({
            ...files,
            ...chosenAxes(options),
            ...(noisy && { baselines: compared, threads: methodThreads() }),
            further,
            force: options.force ?? false,
            ...(options.report !== undefined && { report: options.report }),
            ...view.hooks,
            onEvaluated: (evaluation) => {
              view.stop();
              present(terminal, options.json ?? false, "evaluation", evaluation, () =>
                printEvaluation(terminal, evaluation),
              );
            },
            signal,
          });
        } finally {
          view.stop();
        }
      });
      if (options.report !== undefined) note(terminal, `Report: ${options.report}`);
    });
}

/** The slow methods to compare with: all, or those of some names. */
function slowOnes(
  slow: MethodRegistry["classical"],
  named: Options["baselines"] = [],
): MethodRegistry["classical"] {
  if (named === true) return slow;
  const unknown = named.find((name) => slow.every((method) => method.name !== name));
  if (unknown === undefined) return slow.filter(({ name }) => named.includes(name));
  throw new InputError(
    `${JSON.stringify(unknown)} is no method to compare with; expected some of ${slow.map(({ name }) => name).join(", ")}`,
    { keys: ["baselines"] },
  );
}

/** Seconds after which it is shown how far an evaluation is: most are done by then. */
const PATIENCE = 2;

/** Shows how many pages are judged and how far the methods to compare with are, where that takes a while. */
function evaluationView(terminal: Terminal): {
  readonly hooks: Required<Pick<EvaluateOptions, "onProgress" | "onBaseline" | "onWarning">>;
  readonly stop: () => void;
} {
  const start = performance.now();
  let shown: { readonly what: "page" | "method"; readonly progress: Progress } | undefined;
  const notes = startNotes(terminal, (line) => (shown ? shown.progress.line(line) : note(terminal, line)));
  const rate = startWorkRate();
  const show = (
    what: "page" | "method",
    done: number,
    total: number,
    text: string,
    important?: boolean,
  ): void => {
    if (performance.now() - start < 1000 * PATIENCE) return;
    if (shown?.what !== what) {
      shown?.progress.stop();
      shown = { what, progress: startProgress(terminal, what, total) };
    }
    shown.progress.update(done, text, important);
  };
  return {
    hooks: {
      onProgress: ({ pages, pagesLeft, file, ...pixels }) => {
        const text = [rate({ pages, ...pixels }), file].filter((part) => part !== "").join("  ");
        show("page", pages, pages + pagesLeft, text, pagesLeft === 0);
      },
      onBaseline: ({ title, done, count, pages }) =>
        show(
          "method",
          done,
          count,
          pages === 0 ? `${title}: choosing its parameters` : `${title}: ${pages.toFixed(1)} pages denoised`,
        ),
      onWarning: (sentence) => notes.add(sentence),
    },
    stop: () => {
      notes.summarise();
      shown?.progress.stop();
    },
  };
}

/** The tables that people read. */
export function printEvaluation(terminal: Terminal, evaluation: Evaluation): void {
  for (const [i, { rows, sentences }] of evaluationTables(evaluation).entries()) {
    if (i > 0) print(terminal);
    for (const line of table(rows)) print(terminal, line);
    for (const sentence of sentences) print(terminal, sentence);
  }
}
