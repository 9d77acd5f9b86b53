import type { MethodRegistry } from "@clidim/denoise";
import { runDemo } from "@clidim/denoise/node";
import { Command } from "commander";
import { denoisingView } from "../denoisingView.js";
import { formatDuration } from "../duration.js";
import { interruptible } from "../interruption.js";
import { wholeNumber } from "../options.js";
import { present } from "../results.js";
import { note, print, type Terminal } from "../terminal.js";
import { printEvaluation } from "./evaluate.js";
import { trainingView } from "./train.js";

interface Options {
  readonly out: string;
  readonly seed: number;
  readonly updates?: number;
  readonly batch?: number;
  readonly crop?: number;
  readonly ngf?: number;
  readonly downs?: number;
  readonly size?: number;
  readonly scenes?: number;
  readonly json?: boolean;
}

export function demoCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("demo")
    .description(
      "Simulate a small data set, train on it, denoise images that were not trained on, and evaluate.",
    )
    .option("--out <dir>", "folder for everything; an earlier demo there is replaced", "demo")
    .option("--seed <n>", "of the simulation and the training", wholeNumber(0), 0)
    .option("--updates <n>", "length of the training (default: 600)", wholeNumber(1))
    .option("--batch <n>", "crops per update", wholeNumber(1))
    .option("--crop <pixels>", "side of the training crops", wholeNumber(1))
    .option("--ngf <n>", "channels of the outermost block of the generator", wholeNumber(1))
    .option("--downs <n>", "halvings of the image in the generator", wholeNumber(1))
    .option("--size <pixels>", "side of the simulated images", wholeNumber(32))
    .option("--scenes <n>", "fields of view; two of them are not trained on", wholeNumber(4))
    .addHelpText(
      "after",
      `
Examples:
  clidim demo
  clidim demo --out quick --updates 300`,
    )
    .action(async ({ out, seed, size, scenes, updates, batch, crop, ngf, downs, json = false }: Options) => {
      const start = performance.now();
      await interruptible(terminal, "saving what there is", async (signal) => {
        const training = trainingView(terminal);
        const denoising = denoisingView(terminal);
        try {
          const {
            picture,
            evaluation,
            training: run,
          } = await runDemo(
            {
              method: methods.trained[0]!,
              baselines: methods.classical.filter(({ slow }) => !slow),
              out,
              seed,
              overrides: { updates, batch, crop, ngf, downs },
              ...(size !== undefined && { size }),
              ...(scenes !== undefined && { scenes }),
            },
            {
              signal,
              ...training.hooks,
              onDenoised: denoising.hooks.onProgress,
              onPhase: (sentence) => {
                training.stop();
                note(terminal, sentence);
              },
            },
          );
          denoising.stop();
          const seconds = (performance.now() - start) / 1000;
          const { model } = run.folder;
          present(terminal, json, "demo", { picture, model, seconds, evaluation }, () => {
            print(terminal);
            printEvaluation(terminal, evaluation);
            print(terminal);
            print(terminal, `Before and after (noisy, denoised, clean): ${picture}`);
            print(terminal, `Model: ${model}`);
            print(terminal, `Took ${formatDuration(seconds)}.`);
          });
        } finally {
          training.stop();
          denoising.stop();
        }
      });
    });
}
