import { denoiseFiles } from "@clidim/clidim/node";
import { Command, Option } from "commander";
import { interruptible } from "../interruption.js";
import { type Progress, startProgress } from "../progress.js";
import { note, print, type Terminal } from "../terminal.js";

interface Options {
  readonly model: string;
  readonly out: string;
  readonly normalization?: "model" | "image";
  readonly report?: true;
}

export function denoiseCommand(terminal: Terminal): Command {
  return new Command("denoise")
    .description("Denoise images with a trained model.")
    .requiredOption("--model <path>", "folder of a training run, or a model.safetensors")
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
    .argument("<files...>", "TIFFs to denoise, any size, with optional page ranges such as stack.tif#0-9")
    .addHelpText(
      "after",
      `
Each result has the page count, size and pixel type of its input; integers are rounded and clipped. An input is never overwritten.
A report compares the result with its input: residual and its autocorrelation, residual against signal, flux, grid patterns, and the range seen in training.

Examples:
  clidim denoise --model model --out denoised new*.tif
  clidim denoise --model model --out denoised --report stack.tif#0-9
  clidim denoise --model model/model.safetensors --out denoised --normalization image other-microscope.tif`,
    )
    .action(async (files: string[], { model, out, normalization, report }: Options) => {
      const results = await interruptible(terminal, "the file at work is left out", async (signal) => {
        const view = denoisingView(terminal);
        try {
          return await denoiseFiles(
            { model, out, files, report: report ?? false, ...(normalization && { normalization }) },
            { signal, ...view.hooks },
          );
        } finally {
          view.stop();
        }
      });
      for (const { input, output, pages, report: written } of results) {
        print(terminal, `${input} -> ${output} (${pages} ${pages === 1 ? "page" : "pages"})`);
        if (written !== undefined) print(terminal, `Report: ${written}`);
      }
    });
}

/** Shows how many pages are done. */
export function denoisingView(terminal: Terminal): {
  readonly hooks: Required<Pick<NonNullable<Parameters<typeof denoiseFiles>[1]>, "onProgress" | "onWarning">>;
  readonly stop: () => void;
} {
  let progress: Progress | undefined;
  return {
    hooks: {
      onProgress: ({ done, total, file }) => {
        progress ??= startProgress(terminal, "page", total);
        progress.update(Math.floor(done), file, done === total);
      },
      onWarning: (sentence) =>
        progress ? progress.line(`Note: ${sentence}`) : note(terminal, `Note: ${sentence}`),
    },
    stop: () => progress?.stop(),
  };
}
