import { fileURLToPath } from "node:url";
import { type Measured, type Scores, type ZooModel, zooModels } from "@clidim/zoo";
import { Command } from "commander";
import { present } from "../results.js";
import { table } from "../table.js";
import { columnsOf, print, type Terminal } from "../terminal.js";
import { wrapped } from "../wrapped.js";

/** Lists the models that come with the program. */
export function modelsCommand(terminal: Terminal): Command {
  return new Command("models")
    .description(
      "List the trained models that come with clidim: what each is for, and how well it does beside the methods without training.",
    )
    .addHelpText(
      "after",
      `
They are files of the installed package; nothing is downloaded. Figures are of images that a model was not trained on: PSNR in dB and SSIM, of the noisy image, of the model, and of the method without training that
did best there.

Examples:
  clidim models
  clidim denoise --model zoo:${zooModels[0]!.name} --out denoised new*.tif`,
    )
    .action(({ json = false }: { readonly json?: boolean }) => {
      for (const model of zooModels) {
        present(terminal, json, "model", { ...model, file: fileURLToPath(model.file) }, () => {
          for (const line of card(model, columnsOf(terminal.out))) print(terminal, line);
        });
      }
    });
}

function card(model: ZooModel, width: number): string[] {
  const { name, title, summary, when, cannot, training, license, bytes, measured } = model;
  const sentences = [
    `${title}: ${summary}`,
    `Take it where ${when}.`,
    `It cannot ${cannot}.`,
    training,
    `${Math.ceil(bytes / 1024)} KiB, licence ${license}.`,
  ];
  return [
    `zoo:${name}`,
    ...sentences.flatMap((sentence) => wrapped(sentence, Math.max(32, width - 2))).map((line) => `  ${line}`),
    "",
    ...table([
      ["IMAGES", "NOISY", "MODEL", "WITHOUT TRAINING"],
      ...measured.map((row) => [
        `${row.images} (${row.count})`,
        scores(row.noisy),
        scores(row.model),
        `${scores(row.classical)} ${row.classical.method}${better(row)}`,
      ]),
    ]).map((line) => `  ${line}`),
    "",
  ];
}

const scores = ({ psnr, ssim }: Scores): string => `${psnr.toFixed(2)} / ${ssim.toFixed(3)}`;

const better = ({ model, classical }: Measured): string => (classical.psnr > model.psnr ? ", better" : "");
