import { channelText } from "@clidim/denoise";
import type { DenoisedFile, DenoiseHooks } from "@clidim/denoise/node";
import { sentenceOf } from "./failures.js";
import { startNotes } from "./notes.js";
import { type Progress, startProgress } from "./progress.js";
import { present } from "./results.js";
import { note, print, type Terminal } from "./terminal.js";
import { startWorkRate } from "./workRate.js";

/** What `denoise` shows as it goes. */
export interface DenoisingView {
  readonly hooks: Required<Omit<DenoiseHooks, "signal">>;
  readonly stop: () => void;
}

/** Shows how many pages are done, or passes where a page takes several, and prints each file that is finished. */
export function denoisingView(terminal: Terminal, json = false): DenoisingView {
  let progress: Progress | undefined;
  const line = (text: string): void => (progress ? progress.line(text) : note(terminal, text));
  const result = (type: string, value: object, show: () => void): void => {
    const printed = (): void => present(terminal, json, type, value, show);
    if (progress) progress.around(printed);
    else printed();
  };
  const notes = startNotes(terminal, line);
  const rate = startWorkRate();
  return {
    hooks: {
      onDenoised: (file) => result("denoised", file, () => print(terminal, denoisedText(file))),
      onSkipped: (file) => result("skipped", file, () => undefined),
      onFailed: ({ input, error }) =>
        result("failed", { input, error: sentenceOf(error) }, () =>
          note(terminal, `Left out: ${sentenceOf(error)}`),
        ),
      onProgress: ({ done, total, passes, file, ...work }) => {
        progress ??= startProgress(terminal, passes > 1 ? "pass" : "page", total);
        const text = [rate(work), file].filter((part) => part !== "").join("  ");
        progress.update(Math.floor(done), text, done === total);
      },
      onPhase: line,
      onWarning: (sentence, file) => notes.add(sentence, file),
    },
    stop: () => {
      notes.summarise();
      progress?.stop();
      progress = undefined;
    },
  };
}

/** All of a finished file in a line. */
function denoisedText(file: DenoisedFile): string {
  const { input, output, pages, channels = [], chosen, report, uncertainty, scatter, samples } = file;
  const copied = channels.filter(({ denoised }) => !denoised).map(({ channel }) => channelText(channel));
  const details = [
    `${pages} ${pages === 1 ? "page" : "pages"}`,
    ...(copied.length > 0 ? [`copied as they are: ${copied.join(", ")}`] : []),
    ...channels.flatMap(({ channel, chosen: own, report: page }) => [
      ...(own === undefined ? [] : [`${channelText(channel)}: ${own}`]),
      ...(page === undefined ? [] : [`report of ${channelText(channel)}: ${page}`]),
    ]),
    ...(chosen === undefined ? [] : [chosen]),
    ...(uncertainty === undefined ? [] : [`uncertainty: ${uncertainty}`]),
    ...(scatter === undefined ? [] : [`scatter, no error bar: ${scatter}`]),
    ...(samples === undefined ? [] : [`samples: ${samples}`]),
    ...(report === undefined ? [] : [`report: ${report}`]),
  ];
  return `${input} -> ${output} (${details.join("; ")})`;
}
