import { batchState, readJobs, type WrittenSummary, writeSummary } from "@clidim/batch";
import { Command } from "commander";
import { noteText } from "../../notes.js";
import { present } from "../../results.js";
import { note, print, type Terminal } from "../../terminal.js";
import { progressLines } from "./status.js";

export function summaryCommand(terminal: Terminal): Command {
  return new Command("summary")
    .description(
      "Write what a batch has come to: batch.html, batch.json and batch.dead.jsonl in the folder of the results.",
    )
    .argument("<jobs>", "the file that clidim batch plan has written")
    .action(async (file: string, { json = false }: { readonly json?: boolean }) => {
      showSummaries(terminal, json, await writeSummary(await batchState(await readJobs(file))));
    });
}

/** Prints what was written. */
export function showSummaries(terminal: Terminal, json: boolean, written: readonly WrittenSummary[]): void {
  for (const { html, json: record, dead, deadOfOthers, leftOut, summary } of written) {
    for (const why of leftOut) note(terminal, noteText(terminal, `left out of the list: ${why}`));
    const { progress, trust, secondsPerMegapixel } = summary;
    present(
      terminal,
      json,
      "summary",
      { html, json: record, dead, deadOfOthers, progress, trust, secondsPerMegapixel },
      () => {
        for (const line of progressLines(progress)) print(terminal, line);
        if (secondsPerMegapixel) {
          print(terminal, `${secondsPerMegapixel.all.toPrecision(3)} seconds per megapixel.`);
        }
        if (trust.withFindings > 0) {
          print(terminal, `${trust.withFindings} of ${trust.assessed} reports warn of something.`);
        }
        if (progress.dead > 0) print(terminal, `Given up, with the reasons: ${dead}`);
        if (deadOfOthers > 0) {
          const files = `${deadOfOthers} ${deadOfOthers === 1 ? "file" : "files"}`;
          print(terminal, `${files} of other plans into this folder, given up before, stay in ${dead}.`);
        }
        print(terminal, `Summary: ${html}`);
      },
    );
  }
}
