import type { MethodRegistry } from "@clidim/denoise";
import { packageVersion } from "@clidim/denoise/node";
import { methods as allMethods } from "@clidim/methods";
import { Command } from "commander";
import { addAdapterOption } from "./adapterOption.js";
import { ablateCommand } from "./commands/ablate.js";
import { appCommand } from "./commands/app.js";
import { batchCommand } from "./commands/batch/batch.js";
import { configCommand } from "./commands/config.js";
import { demoCommand } from "./commands/demo.js";
import { denoiseCommand } from "./commands/denoise.js";
import { doctorCommand } from "./commands/doctor.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { exportCommand } from "./commands/export.js";
import { fetchCommand } from "./commands/fetch.js";
import { methodsCommand } from "./commands/methods.js";
import { modelsCommand } from "./commands/models.js";
import { noiseCommand } from "./commands/noise.js";
import { trainCommand } from "./commands/train.js";
import { tuneCommand } from "./commands/tune.js";
import { workerCommand } from "./commands/worker.js";
import { exitCodes } from "./exitCodes.js";
import { programName, reportFailure } from "./failures.js";
import { fitHelp, helpOfWords, unknownOptionsFirst } from "./help.js";
import { refuseEmptyPaths } from "./pathOptions.js";
import { addJsonOption } from "./results.js";
import { note, type Terminal } from "./terminal.js";

const asksForJson = (args: readonly string[]): boolean =>
  args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).includes("--json");

/** The commands that open a device. */
const opening: ReadonlySet<string> = new Set([
  "demo",
  "train",
  "denoise",
  "ablate",
  "export",
  "tune",
  "doctor",
  "worker",
]);

/** Runs the command line without the program's name, of these methods, and returns the exit code. */
export async function main(
  args: readonly string[],
  terminal: Terminal = { out: process.stdout, err: process.stderr },
  methods: MethodRegistry = allMethods,
): Promise<number> {
  let exitCode: number = exitCodes.success;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = new Command("clidim")
    .description(
      "Denoise microscopy images with a network trained on your own pairs of images, or without training.",
    )
    .version(packageVersion(import.meta.url))
    .addHelpText(
      "after",
      `
Examples:
  clidim app
  clidim demo
  clidim train --noisy fov*.tif --clean average --out model
  clidim denoise --model model --out denoised new*.tif
  clidim denoise --out denoised new*.tif
  clidim evaluate --prediction denoised/new*.tif --clean truth.tif --noisy new*.tif

clidim <command> --help tells more about each.`,
    );
  const commands = [
    demoCommand(terminal, methods),
    trainCommand(terminal, methods),
    configCommand(terminal, methods),
    denoiseCommand(terminal, methods, finish),
    evaluateCommand(terminal, methods),
    batchCommand(terminal, methods, finish),
    workerCommand(terminal, methods, finish),
    ablateCommand(terminal, methods),
    exportCommand(terminal, methods),
    appCommand(terminal),
    methodsCommand(terminal, methods),
    modelsCommand(terminal),
    noiseCommand(terminal),
    fetchCommand(terminal),
    tuneCommand(terminal, methods),
    doctorCommand(terminal, finish),
  ];
  for (const command of commands) if (command.commands.length === 0) addJsonOption(command);
  for (const command of commands)
    if (opening.has(command.name())) addAdapterOption(command, { aboutAdapters: command.name() === "tune" });
  for (const command of [program, ...commands, ...commands.flatMap((one) => one.commands)]) {
    fitHelp(command, terminal);
    refuseEmptyPaths(command);
    command.exitOverride().configureOutput({
      writeErr: (text) => terminal.err.write(text),
      // Its lines, such as a suggestion, are commander's own but for the words of the command line in them.
      outputError: (text) => {
        for (const line of text.trimEnd().split("\n"))
          note(terminal, line.replace(/^error:/, programName(terminal)));
      },
    });
  }
  for (const command of commands) program.addCommand(command);
  let atWork: Command | undefined;
  program.hook("preAction", (_, command) => {
    atWork = command;
  });
  unknownOptionsFirst(program, args);
  try {
    await program.parseAsync(helpOfWords(program, args), { from: "user" });
    return exitCode;
  } catch (error) {
    return reportFailure(terminal, error, process.env, asksForJson(args), atWork);
  }
}
