import { extname } from "node:path";
import { type MeasureNoiseOptions, measureNoiseFiles } from "@clidim/denoise/node";
import {
  InputError,
  type NoiseMeasurement,
  noiseMeasurementText,
  noiseReportHtml,
  noiseSvg,
} from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { Command, InvalidArgumentError } from "commander";
import { type AxisOptions, addAxisOptions, chosenAxes } from "../axisOptions.js";
import { checkOutputFiles, type OutputFile } from "../checkOutputFiles.js";
import { filesNamed } from "../filesNamed.js";
import { interruptible } from "../interruption.js";
import { noteText } from "../notes.js";
import { type Progress, startProgress } from "../progress.js";
import { present } from "../results.js";
import { note, print, type Terminal } from "../terminal.js";

interface Options extends AxisOptions {
  readonly static?: true;
  readonly calibration?: readonly string[];
  readonly signal?: readonly string[];
  readonly dark?: readonly string[];
  readonly black?: number;
  readonly out?: string;
  readonly plot?: string;
  readonly overwrite?: true;
  readonly json?: boolean;
}

export function noiseCommand(terminal: Terminal): Command {
  const command = new Command("noise")
    .description(
      "Measure the noise of a camera: gain, offset, read noise, and the distribution of grey values.",
    )
    .option("--static", "the files are repeated frames of still scenes: the surest way")
    .option(
      "--calibration <files...>",
      "measure on these frames of still scenes instead, and say where the files differ from them",
    )
    .option("--signal <files...>", "what the files should look like, such as denoised ones, page by page")
    .option("--dark <files...>", "frames without light: they tell the black level and the read noise")
    .option("--black <grey value>", "the grey value without light, where there are no dark frames", greyValue)
    .option("--out <file>", "write the noise model to this file, for clidim denoise --noise")
    .option(
      "--plot <file>",
      "draw the photon transfer curve and what was fitted: .svg, or .html with the figures",
    )
    .option(
      "--overwrite",
      "replace a noise model and a drawing that are there already (default: they are refused)",
    );
  return addAxisOptions(command)
    .argument(
      "[files...]",
      "images: files, patterns, folders; with optional page ranges such as stack.tif#0-9",
    )
    .addHelpText(
      "after",
      `
Light on a camera has noise whose variance grows with the signal: variance = gain x signal + offset, in grey values. The gain is grey values per electron; the offset is
(gain x read noise)^2 - gain x black level, so that black level and read noise are told apart by dark frames, or where the black level is given.

Three ways to measure it, the surest first. Repeated frames of a scene that does not move (--static, or --calibration on other frames, such as those of a fluorescent slide out of focus): also how grey
values are distributed, as a histogram and a mixture of normal distributions. Ten frames and more; files of one page each are frames of one scene. Slow changes of brightness do no harm to the gain.
Images beside what they should look like (--signal): the same, as good as the signals are. Single images, from what differs between neighbouring pixels: gain and offset alone; noise that neighbours share is missed.

Examples:
  clidim noise image.tif
  clidim noise --static slide.tif --dark dark.tif --out noise.json --plot noise.html
  clidim noise --calibration slide*.tif --out noise.json new*.tif
  clidim denoise --method nlm --noise noise.json --out denoised new*.tif`,
    )
    .action(async (files: string[], options: Options) => {
      const { out, plot, overwrite = false, json = false } = options;
      if (plot !== undefined) drawing(plot);
      const measuring = await measureOptions(files, options);
      await checkOutputFiles(
        [
          ...(out === undefined ? [] : [{ key: "out", path: out, kind: noiseModel }]),
          ...(plot === undefined ? [] : [{ key: "plot", path: plot, kind: plotOfNoise }]),
        ],
        inputsOf(measuring),
        overwrite,
      );
      const measurement = await measured(terminal, measuring);
      if (measuring.calibration && measuring.files.length === 0) {
        const sentence = `measured on ${named(measuring.calibration)}, all files that stand behind --calibration, and compared with no image; images to compare stand before it`;
        note(terminal, noteText(terminal, sentence));
      }
      const { histogram, warnings, ...figures } = measurement;
      present(
        terminal,
        json,
        "noise",
        { ...figures, warnings, ...(out !== undefined && { out }), ...(plot !== undefined && { plot }) },
        () => {
          for (const line of measurementLines(measurement)) print(terminal, line);
        },
      );
      if (!json) for (const sentence of warnings) note(terminal, noteText(terminal, sentence));
      // After the figures, which are not lost where a file cannot be written.
      const write = async (path: string, text: string): Promise<void> => {
        await atomicWrite(path, text, { replace: overwrite });
        if (!json) print(terminal, `-> ${path}`);
      };
      if (out !== undefined) await write(out, noiseMeasurementText(measurement));
      if (plot !== undefined) await write(plot, drawn(measurement, plot));
    });
}

function greyValue(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidArgumentError("Expected a number, such as 100.");
  }
  return value;
}

/** How the files begin that the command writes, which alone it replaces. */
const noiseModel: OutputFile["kind"] & object = {
  title: "noise model",
  begins: (head) => head.startsWith('{"format":"clidim-noise"'),
};
const plotOfNoise: OutputFile["kind"] & object = {
  title: "drawing of a noise model",
  begins: (head) =>
    /^<svg [^>]*aria-label="photon transfer curve"/.test(head) || head.includes("<title>Noise model</title>"),
};

const inputsOf = ({ files, calibration = [], signal = [], dark = [] }: MeasureNoiseOptions): string[] => [
  ...files,
  ...calibration,
  ...signal,
  ...dark,
];

/** What draws a file of this name; others are refused before anything is measured. */
function drawing(path: string): (measurement: NoiseMeasurement) => string {
  const kind = extname(path).toLowerCase();
  if (kind === ".svg") return noiseSvg;
  if (kind === ".html") return noiseReportHtml;
  throw new InputError(`${path}: expected a name that ends in .svg or .html`, { keys: ["plot"] });
}

const drawn = (measurement: NoiseMeasurement, path: string): string => drawing(path)(measurement);

/** So many files are named, the others counted. */
const NAMED = 5;

const named = (files: readonly string[]): string =>
  `${files.slice(0, NAMED).join(", ")}${files.length > NAMED ? ` and ${files.length - NAMED} more` : ""}`;

async function measureOptions(files: readonly string[], options: Options): Promise<MeasureNoiseOptions> {
  const { calibration, signal, dark, black } = options;
  if (files.length === 0 && !calibration && (signal || dark)) {
    throw new InputError(
      "expected images to measure the noise of, got none: files behind --calibration, --signal, --dark are taken for these; name the images before them",
    );
  }
  return {
    files: await filesNamed(files),
    ...chosenAxes(options),
    ...(options.static && { static: true }),
    ...(calibration && { calibration: await filesNamed(calibration) }),
    ...(signal && { signal: await filesNamed(signal) }),
    ...(dark && { dark: await filesNamed(dark) }),
    ...(black !== undefined && { black }),
  };
}

/** Seconds after which it is shown how far a measurement is: most are done by then. */
const PATIENCE = 2;

function measured(terminal: Terminal, options: MeasureNoiseOptions): Promise<NoiseMeasurement> {
  return interruptible(terminal, "nothing is kept", async (signal) => {
    const start = performance.now();
    let progress: Progress | undefined;
    try {
      return await measureNoiseFiles(options, {
        signal,
        onProgress: (done, total) => {
          if (performance.now() - start < 1000 * PATIENCE) return;
          progress ??= startProgress(terminal, "reading", total);
          progress.update(done, "");
        },
      });
    } finally {
      progress?.stop();
    }
  });
}

function darkLine(black: number | undefined, readNoise: number | undefined): string {
  if (black === undefined) {
    return "Black level and read noise: not to be told apart without dark frames or a black level";
  }
  const level = `Black level ${black.toPrecision(4)} grey values`;
  if (readNoise === undefined) return `${level}; without a gain the read noise is not known in electrons`;
  return `${level}, read noise ${readNoise.toPrecision(3)} electrons`;
}

/** What people read of a measurement. */
function measurementLines(measurement: NoiseMeasurement): string[] {
  const { from, images, gain, offset, black, readNoise, scatter, transfer, mixture } = measurement;
  const count = `${images} ${images === 1 ? "image" : "images"}`;
  const used = {
    frames: `${count}, repeated frames of still scenes`,
    signal: `${count} beside their signals`,
    pages: `${count}, from what differs between neighbouring pixels`,
  }[from];
  const [darkest, brightest] = [transfer[0]!.signal, transfer.at(-1)!.signal];
  const noiseAt = (signal: number): string => Math.sqrt(Math.max(0, gain * signal + offset)).toPrecision(3);
  return [
    `Measured on ${used}`,
    `Gain ${gain.toPrecision(4)} grey values per electron, offset ${offset.toPrecision(4)} grey values squared (within ${(100 * scatter).toFixed(1)} %)`,
    `Standard deviation of the noise: ${noiseAt(darkest)} grey values at ${darkest.toPrecision(4)}, ${noiseAt(brightest)} at ${brightest.toPrecision(4)}`,
    darkLine(black, readNoise),
    ...(mixture
      ? [`Distribution: a histogram, and a mixture of ${mixture.mean.length} normal distributions`]
      : []),
  ];
}
