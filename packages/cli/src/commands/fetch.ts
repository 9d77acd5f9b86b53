import { type DataSetName, dataSetNames } from "@clidim/imaging";
import { fetchData } from "@clidim/imaging/node";
import { Argument, Command, Option } from "commander";
import { interruptible } from "../interruption.js";
import { noteText } from "../notes.js";
import { type Progress, startProgress } from "../progress.js";
import { present } from "../results.js";
import { note, print, type Terminal } from "../terminal.js";

interface Options {
  readonly out: string;
  readonly checksum?: string;
  readonly baseUrl?: string;
  readonly json?: boolean;
}

const MEGABYTE = 1e6;

export function fetchCommand(terminal: Terminal): Command {
  return new Command("fetch")
    .description("Download a data set of the paper: noisy captures of one scene whose mean is the truth.")
    .addArgument(new Argument("<data set>", "which one").choices(dataSetNames))
    .requiredOption("--out <dir>", "the data set goes to the folder of its name in here")
    .option("--checksum <sum>", "what the archive must hash to: sha256:... or md5:...")
    .addOption(new Option("--base-url <url>", "a mirror of Zenodo (default: https://zenodo.org)"))
    .addHelpText(
      "after",
      `
The archive is compared with the checksum of its Zenodo record; fetched.json keeps the SHA-256 of everything. The same command goes on with a download that was
interrupted, and does nothing where all is there.

Examples:
  clidim fetch convallaria --out data
  clidim train --noisy data/convallaria/20190520*.tif --clean average --out model`,
    )
    .action(async (dataSet: DataSetName, { out, checksum, baseUrl, json = false }: Options) => {
      const result = await interruptible(terminal, "the same command goes on", async (signal) => {
        let progress: Progress | undefined;
        const stop = (): void => {
          progress?.stop();
          progress = undefined;
        };
        try {
          return await fetchData(
            {
              dataSet,
              out,
              ...(checksum !== undefined && { checksum }),
              ...(baseUrl !== undefined && { baseUrl }),
            },
            {
              signal,
              onPhase: (sentence) => {
                stop();
                note(terminal, sentence);
              },
              onProgress: (bytes, total) => {
                const [done, all] = [bytes, total ?? bytes].map((count) => Math.ceil(count / MEGABYTE));
                progress ??= startProgress(terminal, "MB", all!);
                progress.update(done!, "", bytes === total);
              },
              onWarning: (sentence) => note(terminal, noteText(terminal, sentence)),
            },
          );
        } finally {
          stop();
        }
      });
      present(terminal, json, "fetched", { dataSet, ...result }, () => {
        print(terminal, result.downloaded ? `Fetched ${result.folder}` : `${result.folder} is there already`);
        print(terminal, `Noisy captures: ${result.noisy}`);
        print(terminal, `Captures to calibrate noise with: ${result.calibration}`);
      });
    });
}
