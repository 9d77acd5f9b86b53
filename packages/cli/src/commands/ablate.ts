import type { MethodRegistry, ShownMetric } from "@clidim/denoise";
import { type AblationOutcome, ablate } from "@clidim/denoise/node";
import { methodThreads } from "@clidim/methods/node";
import { Command } from "commander";
import { formatDuration } from "../duration.js";
import { interruptible } from "../interruption.js";
import { noteText } from "../notes.js";
import { type Progress, startProgress } from "../progress.js";
import { present } from "../results.js";
import { table } from "../table.js";
import { note, print, type Terminal } from "../terminal.js";
import { trainingProgressText } from "../trainingView.js";

interface Options {
  readonly config: string;
  readonly out: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly force?: true;
}

export function ablateCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("ablate")
    .description("Train and test methods and their variants on data sets, and compare them in one table.")
    .requiredOption("--config <file>", "a YAML file with data sets, variants, shots and seeds")
    .requiredOption("--out <dir>", "folder for the runs and the results; an ablation there goes on")
    .option("--data <dir>", "folder that the file's image paths start from (default: that of the file)")
    .option("--force", "use pairs too that do not seem to belong together (default: they are refused)")
    .addHelpText(
      "after",
      `
Every variant is trained on every data set, with every number of shots and every seed, and tested on images that it was not trained on. Beside them stand
the noisy images and classical methods at their best (${methods.classical.map(({ title }) => title).join(", ")}).

--out gets results.csv, results.md and report.html, anew after each run, and the runs themselves.
Ctrl-C saves and ends with exit code 130; the same command goes on: finished runs are not done again, the one at work continues from its checkpoint.

A file looks like this (docs/ablations has whole ones):
  preset: laptop
  overrides: { updates: 1500 }
  data:
    - name: mine
      train: { noisy: [fov1.tif, fov2.tif], clean: average }
      test: { noisy: fov3.tif, clean: average }
  variants:
    - name: baseline
      overrides: { contrastive: { mode: off }, weights: { ssim: 0, tv: 0 } }
    - name: cl
      overrides: { contrastive: { mode: disc }, weights: { ssim: 0, tv: 0 } }
  shots: [all, 16]
  seeds: [0, 1, 2]

Examples:
  clidim ablate --config table1.yaml --out table1
  clidim ablate --config docs/ablations/fmd-w2s.yaml --data images --out fmd-w2s`,
    )
    .action(async ({ config, out, data, force, json = false }: Options) => {
      const outcome = await interruptible(
        terminal,
        "saving the run; the same command goes on",
        async (signal) =>
          runShown(
            terminal,
            {
              ...{ methods, config, out, force: force ?? false, threads: methodThreads() },
              ...(data !== undefined && { data }),
            },
            signal,
          ),
      );
      printOutcome(terminal, outcome, json);
    });
}

async function runShown(
  terminal: Terminal,
  options: Parameters<typeof ablate>[0],
  signal: AbortSignal,
): Promise<AblationOutcome> {
  let progress: Progress | undefined;
  let shown: readonly ShownMetric[] = [];
  let testStart = 0;
  const stop = (): void => {
    progress?.stop();
    progress = undefined;
  };
  try {
    return await ablate(options, {
      signal,
      onPhase: (sentence) => (progress ? progress.line(sentence) : note(terminal, sentence)),
      onRun: ({ title }, position, total) => {
        stop();
        note(terminal, `Run ${position} of ${total}: ${title}`);
      },
      onStart: ({ configuration, shown: losses, update }) => {
        shown = losses;
        progress = startProgress(terminal, "update", configuration.updates, update);
      },
      onProgress: (now, secondsLeft) => {
        const left = secondsLeft === undefined ? "" : `  (all runs: ${formatDuration(secondsLeft)} left)`;
        progress?.update(now.update, `${trainingProgressText(now, shown)}${left}`, now.validated);
      },
      onTest: (pages, total) => {
        if (pages === 0) {
          stop();
          progress = startProgress(terminal, "test page", total);
          testStart = performance.now();
          return;
        }
        const secondsLeft = ((performance.now() - testStart) / 1000) * (total / pages - 1);
        progress?.update(Math.floor(pages), `${formatDuration(secondsLeft)} left`);
      },
      onWarning: (sentence) => note(terminal, noteText(terminal, sentence)),
      onFinished: ({ run, result }) => {
        stop();
        note(
          terminal,
          result.test
            ? `${run.title}: ${figure(result.test.mean.psnr, 2)} dB, SSIM ${figure(result.test.mean.ssim, 4)} on the test pages`
            : `${run.title}: ${result.failure}`,
        );
      },
    });
  } finally {
    stop();
  }
}

const figure = (value: number | null, digits: number): string => value?.toFixed(digits) ?? "not finite";

function printOutcome(terminal: Terminal, outcome: AblationOutcome, json: boolean): void {
  const { tables, ...files } = outcome;
  for (const { title, header, rows, notes } of tables) {
    present(terminal, json, "table", { title, header, rows, notes }, () => {
      print(terminal, title);
      for (const line of table([header, ...rows])) print(terminal, line);
      for (const sentence of notes) print(terminal, sentence);
      print(terminal);
    });
  }
  const { csv, markdown, report } = files;
  present(terminal, json, "ablation", { csv, markdown, report }, () => {
    print(terminal, `Results: ${csv}, ${markdown}`);
    print(terminal, `Report: ${report}`);
  });
}
