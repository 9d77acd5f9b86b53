import { type Channel, channelsOf, trainedChannel } from "@clidim/denoise";
import { type DenoisedFile, type DenoiseFilesOptions, denoiseFiles, loadModel } from "@clidim/denoise/node";
import { pageCountOf, pageSizeOf, SMALLEST_ASSESSED } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { basename } from "pathe";
import { channelWord } from "../../engine/channelWord.js";
import type {
  DenoisedImage,
  DenoiseEvents,
  DenoiseRequest,
  NamedBlob,
  OpenedImage,
} from "../../engine/engine.js";
import { placeIn } from "../../engine/placeIn.js";
import { beforehandText } from "../beforehandText.js";
import { computer, onAnotherDevice } from "../device.js";
import { shownText } from "../failures.js";
import { keepImage, type OpenImage, openedImage } from "../images/openImages.js";
import { foreignModel } from "../models/foreignModel.js";
import { modelPath } from "../models/modelPath.js";
import { rm } from "../node/fsPromises.js";
import { advisesOwnRange } from "../ownRange.js";
import { temporaryFolder } from "../session.js";
import { channelTitle } from "./channelTitle.js";
import { comparedModels } from "./comparedModels.js";
import { denoiseCommand } from "./denoiseCommand.js";
import { methodThreads } from "./methodThreads.js";
import { modelChannel } from "./modelChannel.js";
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
    ? Omit<O, "files" | "out" | "channel">
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
  const { channel, ...denoiser } = await denoiserOf(request, image);
  const by: By = { ...denoiser, threads: methodThreads };
  const path = await image.path({ proceed: () => signal.throwIfAborted(), onPhase: events.onPhase });
  const { width, height } = pageSizeOf(image.source);
  const assessed = Math.min(width, height) >= SMALLEST_ASSESSED && width * height <= LARGEST_ASSESSED;
  const out = await temporaryFolder();
  try {
    const timeLeft = startTimeLeft();
    const pageCount = pageCountOf(image.source);
    const once = async () => {
      const { visible } = request;
      // A channel that is copied looks as it did.
      if (visible && (!channel || channel.index === (placeIn(image.told, visible.place).C ?? 0)))
        await showPreview(image, visible, by, events, signal);
      return denoiseFiles(
        {
          ...{ ...by, files: [path], out, report: assessed },
          ...(channel && { channel: channel.index }),
        } as DenoiseFilesOptions, // a spread forgets which of the kinds it is
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
      command: denoiseCommand(
        request,
        image.called,
        assessed,
        channel && channelWord(image.told.channels, channel.index),
      ),
      notes: [
        ...(channel
          ? [
              `Only ${channelTitle(channel)} was denoised, as the model was trained on one channel; the others are copied as they are.`,
            ]
          : []),
        ...(file.notes ?? []).map(shownText),
        ...(image.told.insteadOf !== undefined
          ? [
              `Here the axes were read as ${image.told.axes.join("")}; the command line reads those that the file says.`,
            ]
          : []),
        ...beforehandText([image.beforehand]),
        ...(assessed ? [] : ["The page is too small or too large for the trust checks."]),
      ],
    };
  } catch (error) {
    await rm(out, { recursive: true, force: true });
    throw error;
  }
}

/** What denoises; of a model for one channel also which of an image with several, the others of which are copied. */
async function denoiserOf(
  { by, uncertainty = false, normalization, visible }: DenoiseRequest,
  { source, told }: OpenImage,
): Promise<By & { readonly channel?: Channel | undefined }> {
  switch (by.kind) {
    case "automatic":
      // The models that are compared run on it; the choice does without them where there is none.
      await computer().catch(() => undefined);
      return { methods, method: "automatic", ready: comparedModels, surviveLoss: true };
    case "method":
      return { method: methods.classicalNamed(by.name) };
    case "model": {
      await computer();
      const model = await modelPath(by);
      const channel =
        channelsOf(source).length > 1
          ? modelChannel(
              source,
              trainedChannel(await loadModel(model, methods, foreignModel)),
              visible && placeIn(told, visible.place).C,
            )
          : undefined;
      return {
        ...{ methods, model, foreign: foreignModel, channel },
        ...(uncertainty && { uncertainty: PASSES }),
        ...(normalization && { normalization }),
      };
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
      own === undefined ? [] : [`${channelTitle(channel)}: ${own}`],
    ),
  ];
  const reports = [file, ...channels].flatMap(({ report, ...of }) =>
    report === undefined
      ? []
      : [{ path: report, ...("channel" in of && { channel: channelTitle(of.channel) }) }],
  );
  // "cells.ome.tif" becomes "cells.denoised.ome.tif"; its map, a TIFF whatever the image is, "cells.scatter.tif".
  const stem = basename(output).replace(/(?:\.ome)?\.[^.]+$/i, "");
  const kind = uncertainty === undefined ? ("scatter" as const) : ("uncertainty" as const);
  const [checks, report] = [
    await trustChecks(reports),
    await reportOf(
      reports.map(({ path }) => path),
      stem,
    ),
  ];
  // Last, since images are kept until somebody closes them.
  const mapped = map === undefined ? undefined : await openResult(map, `${stem}.${kind}.tif`);
  const name = `${stem}.denoised${basename(output).slice(stem.length)}`;
  const result = await openResult(output, name, () => rm(out, { recursive: true, force: true }));
  return {
    ...result,
    ...(chosen.length > 0 && { chosen: chosen.join("; ") }),
    checks,
    ...(report && { report }),
    ...(file.notes?.some(advisesOwnRange) && { otherRange: true }),
    ...(mapped && { uncertainty: { ...mapped, kind } }),
  };
}

/** What lies at a path, to be saved by a name. What is written beside a result goes with it. */
async function openResult(
  path: string,
  name: string,
  release?: () => Promise<void>,
): Promise<{ readonly image: OpenedImage; readonly file: NamedBlob }> {
  const file = await resultBlob(path, name);
  const image = keepImage(await openImageFile({ path }), {
    path: async () => path,
    bytes: file.blob.size,
    ...(release && { release }),
  });
  return { image, file };
}
