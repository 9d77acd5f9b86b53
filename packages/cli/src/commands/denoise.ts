import { denoiseFiles } from "@clidim/denoise/node";
import { methods } from "@clidim/methods";
import { Command, Option } from "commander";
import { interruptible } from "../interruption.js";
import { wholeNumber } from "../options.js";
import { type Progress, startProgress } from "../progress.js";
import { note, print, type Terminal } from "../terminal.js";

interface Options {
  readonly model: readonly string[];
  readonly out: string;
  readonly normalization?: "model" | "image";
  readonly report?: true;
  readonly ensemble?: true;
  readonly uncertainty?: number;
}

export function denoiseCommand(terminal: Terminal): Command {
  return new Command("denoise")
    .description("Denoise images with a trained model.")
    .requiredOption(
      "--model <path>",
      "folder of a training run, or a model.safetensors; repeated: the mean of their results",
      (path: string, before: readonly string[] = []) => [...before, path],
    )
    .requiredOption("--out <dir>", "folder for the results, which keep the names of the inputs")
    .addOption(
      new Option(
        "--normalization <kind>",
        "which grey values become the network's range: the training data's, or each file's own (default: as in training)",
      ).choices(["model", "image"]),
    )
    .option(
      "--report",
      "write <name>.report.html and .json beside each result: what was taken away, and whether it was noise alone",
    )
    .option(
      "--ensemble",
      "average the results for the page's eight orientations, eight times the work (default: off)",
    )
    .option(
      "--uncertainty <n>",
      "write <name>.uncertainty.tif beside each result: the standard deviation over n passes with dropout on, or over n models",
      wholeNumber(2),
    )
    .argument("<files...>", "TIFFs to denoise, any size, with optional page ranges such as stack.tif#0-9")
    .addHelpText(
      "after",
      `
Each result has the page count, size and pixel type of its input; integers are rounded and clipped. An input is never overwritten.
A report compares the result with its input: residual and its autocorrelation, residual against signal, flux, grid patterns, and the range seen in training.

The uncertainty is a float32 map in the grey values of the input. With one model, the result is the same as without --uncertainty, and the map shows how far passes with
dropout at fixed seeds scatter: what hangs on single channels of the inner blocks (one block in the laptop preset), which decide on structures, not on single pixels. With
several models, the result is their mean and the map their scatter: what another training would have made of the image. Neither shows an error that all passes make, and
neither is the noise of the image; 0 does not mean right.

Examples:
  clidim denoise --model model --out denoised new*.tif
  clidim denoise --model model --out denoised --report stack.tif#0-9
  clidim denoise --model model --out denoised --ensemble --uncertainty 16 new.tif
  clidim denoise --model seed0 --model seed1 --model seed2 --out denoised --uncertainty 3 new.tif
  clidim denoise --model model/model.safetensors --out denoised --normalization image other-microscope.tif`,
    )
    .action(async (files: string[], options: Options) => {
      const { model, out, normalization, report = false, ensemble = false, uncertainty } = options;
      const results = await interruptible(terminal, "the file at work is left out", async (signal) => {
        const view = denoisingView(terminal);
        try {
          return await denoiseFiles(
            {
              methods,
              model,
              out,
              files,
              report,
              ensemble,
              ...(normalization && { normalization }),
              ...(uncertainty !== undefined && { uncertainty }),
            },
            { signal, ...view.hooks },
          );
        } finally {
          view.stop();
        }
      });
      for (const { input, output, pages, report: written, uncertainty: map } of results) {
        print(terminal, `${input} -> ${output} (${pages} ${pages === 1 ? "page" : "pages"})`);
        if (map !== undefined) print(terminal, `Uncertainty: ${map}`);
        if (written !== undefined) print(terminal, `Report: ${written}`);
      }
    });
}

/** Shows how many pages are done, or passes where a page takes several. */
export function denoisingView(terminal: Terminal): {
  readonly hooks: Required<Pick<NonNullable<Parameters<typeof denoiseFiles>[1]>, "onProgress" | "onWarning">>;
  readonly stop: () => void;
} {
  let progress: Progress | undefined;
  return {
    hooks: {
      onProgress: ({ done, total, passes, file }) => {
        progress ??= startProgress(terminal, passes > 1 ? "pass" : "page", total);
        progress.update(Math.floor(done), file, done === total);
      },
      onWarning: (sentence) =>
        progress ? progress.line(`Note: ${sentence}`) : note(terminal, `Note: ${sentence}`),
    },
    stop: () => progress?.stop(),
  };
}
