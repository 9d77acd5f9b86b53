import { type DenoisedFile, type DenoiseFilesOptions, denoiseFiles } from "@clidim/denoise/node";
import { pageCountOf, pageSizeOf, SMALLEST_ASSESSED } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { basename } from "pathe";
import type {
  DenoisedImage,
  DenoiseEvents,
  DenoiseRequest,
  NamedBlob,
  OpenedImage,
} from "../../engine/engine.js";
import { computer, onAnotherDevice } from "../device.js";
import { shownText } from "../failures.js";
import { keepImage, openedImage } from "../images/openImages.js";
import { foreignModel } from "../models/foreignModel.js";
import { modelPath } from "../models/modelPath.js";
import { rm } from "../node/fsPromises.js";
import { temporaryFolder } from "../session.js";
import { comparedModels } from "./comparedModels.js";
import { denoiseCommand } from "./denoiseCommand.js";
import { methodThreads } from "./methodThreads.js";
import { PASSES } from "./passes.js";
import { resultBlob } from "./resultBlob.js";
import { showPreview } from "./showPreview.js";
import { startTimeLeft } from "./timeLeft.js";
import { reportOf, trustChecks } from "./trustChecks.js";

/** No report is made of larger pages, which are denoised by bands without. */
const LARGEST_ASSESSED = 2 ** 25;

/** What denoises, as the library is told. */
export type By = DenoiseFilesOptions extends infer O
  ? O extends unknown
    ? Omit<O, "files" | "out">
    : never
  : never;

/** Denoises an image into the folder of this session; the visible region first. */
export async function denoiseImage(
  request: DenoiseRequest,
  events: DenoiseEvents,
  signal: AbortSignal,
): Promise<DenoisedImage> {
  const begun = performance.now();
  const image = openedImage(request.image);
  const by: By = { ...(await denoiserOf(request)), threads: methodThreads };
  const path = await image.path();
  const { width, height } = pageSizeOf(image.source);
  const assessed = Math.min(width, height) >= SMALLEST_ASSESSED && width * height <= LARGEST_ASSESSED;
  const out = await temporaryFolder();
  try {
    const timeLeft = startTimeLeft();
    const pageCount = pageCountOf(image.source);
    const once = async () => {
      if (request.visible) await showPreview(image, request.visible, by, events, signal);
      return denoiseFiles(
        { ...by, files: [path], out, report: assessed } as DenoiseFilesOptions, // a spread forgets which of the kinds it is
        {
          signal,
          onPhase: (sentence) => events.onPhase(shownText(sentence)),
          onWarning: (sentence) => events.onWarning(shownText(sentence)),
          onProgress: ({ done, total, pages, pixels, pixelsLeft }) => {
            const secondsLeft = timeLeft(pixels, pixelsLeft);
            events.onProgress({
              done: done / total,
              text: `page ${Math.min(pageCount, Math.floor(pages) + 1)} of ${pageCount}`,
              ...(secondsLeft !== undefined && { secondsLeft }),
            });
          },
        },
      );
    };
    // The automatic choice goes on by a method without training then.
    const { denoised } = await onAnotherDevice(once, {
      times: 1,
      goingOn: "beginning anew",
      onWarning: events.onWarning,
    });
    const [file] = denoised;
    if (!file) throw new Error("denoiseFiles: expected a result or an error");
    return {
      ...(await resultOf(file, out)),
      seconds: (performance.now() - begun) / 1000,
      command: denoiseCommand(request, image.called, assessed),
      notes: [
        ...(file.notes ?? []).map(shownText),
        ...(image.told.insteadOf !== undefined
          ? [
              `Here the axes were read as ${image.told.axes.join("")}; the command line reads those that the file says.`,
            ]
          : []),
        ...(assessed ? [] : ["The page is too small or too large for the trust checks."]),
      ],
    };
  } catch (error) {
    await rm(out, { recursive: true, force: true });
    throw error;
  }
}

async function denoiserOf({ by, uncertainty = false }: DenoiseRequest): Promise<By> {
  switch (by.kind) {
    case "automatic":
      // The models that are compared run on it; the choice does without them where there is none.
      await computer().catch(() => undefined);
      return { methods, method: "automatic", ready: comparedModels };
    case "method":
      return { method: methods.classicalNamed(by.name) };
    case "model": {
      await computer();
      const model = await modelPath(by);
      return { methods, model, foreign: foreignModel, ...(uncertainty && { uncertainty: PASSES }) };
    }
    default:
      return by satisfies never;
  }
}

async function resultOf(
  file: DenoisedFile,
  out: string,
): Promise<Omit<DenoisedImage, "seconds" | "command" | "notes">> {
  const { output, uncertainty, scatter, channels = [] } = file;
  const map = uncertainty ?? scatter;
  const chosen = [
    ...(file.chosen === undefined ? [] : [file.chosen]),
    ...channels.flatMap(({ channel, chosen: own }) =>
      own === undefined ? [] : [`${channel.name ?? `Channel ${channel.index}`}: ${own}`],
    ),
  ];
  const reports = [file.report, ...channels.map(({ report }) => report)].filter((path) => path !== undefined);
  // "cells.ome.tif" becomes "cells.denoised.ome.tif".
  const stem = basename(output).replace(/(?:\.ome)?\.[^.]+$/i, "");
  const [checks, report] = [await trustChecks(reports), await reportOf(reports, stem)];
  // Last, since images are kept until somebody closes them.
  const mapped = map === undefined ? undefined : await openResult(map);
  const result = await openResult(output, () => rm(out, { recursive: true, force: true }));
  return {
    image: result.image,
    file: { ...result.file, name: `${stem}.denoised${result.file.name.slice(stem.length)}` },
    ...(chosen.length > 0 && { chosen: chosen.join("; ") }),
    checks,
    ...(report && { report }),
    ...(mapped && {
      uncertainty: {
        ...mapped,
        kind: uncertainty === undefined ? ("scatter" as const) : ("uncertainty" as const),
      },
    }),
  };
}

/** What is written beside a result goes with it. */
async function openResult(
  path: string,
  release?: () => Promise<void>,
): Promise<{ readonly image: OpenedImage; readonly file: NamedBlob }> {
  const file = await resultBlob(path);
  const image = keepImage(await openImageFile({ path }), {
    path: async () => path,
    bytes: file.blob.size,
    ...(release && { release }),
  });
  return { image, file };
}
