import type { MethodRegistry } from "@clidim/denoise";
import { runDemo } from "@clidim/denoise/node";
import { Command } from "commander";
import { addCommonOptions, commonValues } from "../configurationOptions.js";
import { denoisingView } from "../denoisingView.js";
import { formatDuration } from "../duration.js";
import { interruptible } from "../interruption.js";
import { wholeNumber } from "../options.js";
import { present } from "../results.js";
import { note, print, type Terminal } from "../terminal.js";
import { trainingView } from "../trainingView.js";
import { printEvaluation } from "./evaluate.js";

interface Options extends Readonly<Record<string, unknown>> {
  readonly out: string;
  readonly seed: number;
  readonly size?: number;
  readonly scenes?: number;
  readonly json?: boolean;
}

export function demoCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const method = methods.trained[0]!; // a registry of the command line has one
  const command = new Command("demo")
    .description(
      "Simulate a small data set, train on it, denoise images that were not trained on, and evaluate.",
    )
    .option("--out <dir>", "folder for everything; an earlier demo there is replaced", "demo")
    .option("--seed <n>", "of the simulation and the training", wholeNumber(0), 0)
    .option("--size <pixels>", "side of the simulated images", wholeNumber(32))
    .option("--scenes <n>", "fields of view; two of them are not trained on", wholeNumber(4));
  return addCommonOptions(command, method, { updates: "(default: 1500)" })
    .addHelpText(
      "after",
      `
Examples:
  clidim demo
  clidim demo --out quick --updates 300`,
    )
    .action(async (options: Options) => {
      const { out, seed, size, scenes, json = false } = options;
      const overrides = commonValues(method, options);
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
              method,
              classical: methods.classical,
              baselines: methods.classical.filter(({ slow }) => !slow),
              out,
              seed,
              overrides,
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
