import type { MethodRegistry, PlaneRanges } from "@clidim/denoise";
import {
  type DenoisedWithin,
  type DenoiseFilesWithinOptions,
  type DenoiserChoice,
  denoiseFiles,
  denoiseFilesWithin,
  resultsIn,
} from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { expandFiles } from "@clidim/imaging/node";
import { methodThreads } from "@clidim/methods/node";
import { Command } from "commander";
import { addPlaneOptions } from "../axisOptions.js";
import { addDenoiserOptions, axisOf, type DenoiserOptions, namedDenoiser } from "../denoiserOptions.js";
import { type DenoisingView, denoisingView } from "../denoisingView.js";
import { durationOption, formatDuration } from "../duration.js";
import { exitCodes } from "../exitCodes.js";
import { sentenceOf } from "../failures.js";
import { foreignModel } from "../foreignModel.js";
import { type EarlyEnd, interruptible } from "../interruption.js";
import { leftOut } from "../leftOut.js";
import { noteText } from "../notes.js";
import { wholeNumber } from "../options.js";
import { readyModels } from "../readyModels.js";
import { shellWord } from "../shellWord.js";
import { note, type Terminal } from "../terminal.js";
import { trainingView } from "../trainingView.js";

interface Options extends DenoiserOptions {
  readonly budget?: number;
  readonly z?: PlaneRanges;
  readonly t?: PlaneRanges;
  readonly nodata?: number | "none";
  readonly out: string;
  readonly overwrite?: true;
  readonly skipExisting?: true;
  readonly keepGoing?: true;
  readonly recursive?: true;
  readonly json?: boolean;
  readonly threads?: number;
}

export function denoiseCommand(
  terminal: Terminal,
  methods: MethodRegistry,
  finish: (code: number) => void,
): Command {
  const command = addDenoiserOptions(
    new Command("denoise").description(
      "Denoise images with a trained model, or with a method that needs no training: one by name, or the one that suits the image.",
    ),
    methods,
    { ready: true },
  )
    .option(
      "--budget <time>",
      "without --model and --method: a time for everything, such as 5m, in which a method is also trained on the images themselves; it denoises them if it foretells hidden pixels better",
      durationOption,
    )
    .requiredOption("--out <dir>", "folder for the results, which keep the names of the inputs")
    .option(
      "--overwrite",
      "replace results of clidim that are there already (default: they are refused); other files never",
    )
    .option("--skip-existing", "leave out files whose results are there already: a batch goes on")
    .option(
      "--recursive",
      "search the folders among the inputs with all that are below; the results lie in the same folders below --out",
    )
    .option(
      "--threads <n>",
      "of methods without training: how many pages of a file, or parts of one, are at work at once, and methods compared (default: as many as the processor runs at once); 1: all in one thread",
      wholeNumber(1),
    )
    .option("--keep-going", "leave out what would otherwise be refused before anything is written");
  return addPlaneOptions(command)
    .argument(
      "<files...>",
      "images to denoise, any size: files, patterns, folders; with optional page ranges such as stack.tif#0-9",
    )
    .addHelpText(
      "after",
      `
Inputs may be patterns ("new*.tif", "**/*.tif"), which need no shell, and folders, which stand for the images in them; both in natural order, t2.tif before t10.tif. What a
pattern finds in folders, or --recursive below a folder, goes to the same folders below --out. What is in --out already is no input, nor are results in other folders below (those with a denoised.json). A name that exists is never taken for a pattern.

Each result has the page count, size and pixel type of its input; integers are rounded and clipped, of which a note tells where much of an image of few counts is lost by it. With --dtype float32 nothing is.
Results appear when they are complete. One that is there already is refused unless --overwrite or --skip-existing is given; an input,
or a file that clidim has not made, is never overwritten.
A report compares the result with its input: residual and its autocorrelation, residual against signal, flux, grid patterns, and the range seen in training.

Channels of a file are denoised each by itself: with its own normalisation, or parameters. Where one is chosen, or a model is given for some (--model DAPI=model1 --model GFP=model2), the
others are copied as they are. A model that was trained on one channel of several (train --channel) wants the channel to be named. --z and --t take some depths and times alone.

A model that was trained with frames: 4 sees four captures of an image at once: a stack of 4 n pages along t (--captures z: along z) gives n. Captures at the end that make no group are told of and left out.

A file that cannot be used (damaged, blank, too small) is left out and listed at the end, and the others are denoised. A file that is not there, two results of one
name and a result that is there already are refused before anything is written; with --keep-going they too are only left out and listed: a batch over night does all that can be done.
Exit codes: 0 all files, 3 some files, 2 no file. With --json, each file is a line when it is finished: {"type":"denoised","input":...,"output":...}, "skipped" or "failed"; "notes" has what was said of it.

Without --model and --method, the method is chosen as well, for each file or channel: all that need no training foretell pixels that they do not see, on at most four pages that are not
blank, of each where it has the most contrast and in the middle, and the one with the least squared error denoises the file. A model that comes with clidim (clidim models), in a mean with that method, does so where it foretells them better still; --no-model leaves it
out. What was taken, and why, is printed, and stands in the report, in the record and in the result itself.

With --budget, a method that learns from noisy images alone is trained on seven eighths of each page, as long as the time leaves it beside choosing and denoising, and is compared with the best of those without training
on the last eighth, by the same error. The better one denoises the file; what was done and why is printed, and stands in the report and the record. The model stays in --out (model, or model-2 and so on), for --model. Ctrl-C while it is trained ends the
training, and the images are denoised with what there is; once more stops everything. Too little time: no training, which is said.

A method needs neither a model nor a clean image. Its parameters are those that best foretell pixels from the pixels around them (Noise2Self), chosen for each file as a whole, and
printed. What counts as noise is what neighbouring pixels have independently of each other; in sharp images with hardly any noise it smooths too much. How strong the noise is, methods
that stabilise its variance (${methods.classical.flatMap(({ name, takesNoise }) => (takesNoise ? [name] : [])).join(", ")}) estimate on each page, or take from --noise. clidim methods lists all methods.

A model of the key blend gives a mean of the network's result with that of a method without training, weighted as held-out images wanted it; the record and the report say how much of which. The map of --uncertainty is of that mean, samples are the network's.

The map of --uncertainty is float32, in the grey values of the input; the result of one model is the same as without. A model whose training held out images with clean ones has a calibration: how large its errors were there, by grey value and by how far n passes scatter that differ in what the network draws. Its map is the standard deviation of the error, and how much of the errors it covered is printed. Without a
calibration, and with several models, the map is called scatter: what passes or other trainings would have made of the image. An error that all make is not in it; 0 does not mean right.

The samples of --samples are along an axis of their own: T, or Z where the image has times; where it has both, its times follow one another once for each sample. They are the same each time, and more of them go on from fewer.

Examples:
  clidim denoise --out denoised new*.tif
  clidim denoise --budget 5m --out denoised new*.tif
  clidim denoise --model zoo:fluorescence --out denoised new*.tif
  clidim denoise --model model --out denoised new*.tif
  clidim denoise --model model --out denoised --report stack.tif#0-9
  clidim denoise --model model --out denoised --recursive --skip-existing experiment
${methods.classical.map(({ name }) => `  clidim denoise --method ${name} --out denoised new*.tif`).join("\n")}
  clidim denoise --model model --out denoised --ensemble --uncertainty 16 new.tif
  clidim denoise --model seed0 --model seed1 --model seed2 --out denoised --uncertainty 3 new.tif
  clidim denoise --model model --samples 32 --out denoised new.tif
  clidim denoise --model model --channel GFP --z 4-12 --out denoised hyperstack.tif
  clidim denoise --model model/model.safetensors --out denoised --normalization image other-microscope.tif`,
    )
    .action(async (files: string[], options: Options) => {
      const { out, normalization, report = false, ensemble, blend, uncertainty, samples, dtype } = options;
      const { z, t, nodata } = options;
      const captures = options.captures === undefined ? undefined : axisOf[options.captures];
      const {
        overwrite = false,
        skipExisting = false,
        keepGoing = false,
        recursive = false,
        json = false,
      } = options;
      const denoiser = chosenDenoiser(methods, options);
      const inputs = await expandFiles(files, {
        ...{ out, recursive, keepGoing },
        resultsIn,
        onLeftOut: (...left) => note(terminal, noteText(terminal, leftOut(...left, "denoise"))),
      });
      const common = {
        ...{ out, files: inputs, report, z, t, nodata, captures },
        ...(ensemble !== undefined && { ensemble }),
        ...(!blend && { blend }),
        ...{ overwrite, skipExisting, keepGoing },
        ...(normalization && { normalization }),
        ...(uncertainty !== undefined && { uncertainty }),
        ...(samples !== undefined && { samples }),
        ...(dtype && { dtype }),
        threads: methodThreads(options.threads),
      };
      const { skipped, failed } = await interruptible(
        terminal,
        "the file at work is left out",
        async (signal, early) => {
          const view = denoisingView(terminal, json);
          try {
            if (options.budget === undefined) {
              return await denoiseFiles({ ...denoiser, ...common }, { signal, ...view.hooks });
            }
            const { method: _automatic, ...given } = withTimeFor(denoiser);
            const within = { ...given, ...common, budget: options.budget };
            return await denoiseWithin(terminal, within, { signal, early, view });
          } finally {
            view.stop();
          }
        },
        "Ending the training: the images are denoised with what there is",
      );
      if (skipped.length > 0) note(terminal, `${skipped.length} of ${inputs.length} were there already.`);
      if (failed.length > 0) {
        note(terminal, `${failed.length} of ${inputs.length} files could not be denoised:`);
        for (const { error } of failed) note(terminal, `  ${sentenceOf(error)}`);
        finish(exitCodes.partial);
      }
    });
}

type Automatic = Extract<DenoiserChoice, { readonly method: "automatic" }>;

/** What a budget goes with: the choice among all methods. */
function withTimeFor(denoiser: DenoiserChoice): Automatic {
  if (denoiser.method === "automatic") return denoiser;
  throw new InputError(
    "a budget is for choosing and training a method on the images; leave it out, or the model or method",
    { keys: ["budget"] },
  );
}

/** Shows the training as `train` does, and says where the model is and by how much the budget was missed. */
async function denoiseWithin(
  terminal: Terminal,
  options: DenoiseFilesWithinOptions,
  {
    signal,
    early,
    view,
  }: { readonly signal: AbortSignal; readonly early: EarlyEnd; readonly view: DenoisingView },
): Promise<DenoisedWithin> {
  const training = trainingView(terminal);
  const done = await denoiseFilesWithin(options, {
    ...{ signal, trainingSignal: early.signal },
    ...view.hooks,
    training: training.hooks,
    onTraining: (running) => {
      early.running(running);
      if (!running) training.stop();
    },
  });
  view.stop();
  for (const folder of done.models)
    note(terminal, `The model that was trained is kept: clidim denoise --model ${shellWord(folder)}`);
  const over = done.seconds - options.budget;
  if (over >= 1) {
    note(
      terminal,
      `That took ${formatDuration(done.seconds)}, ${formatDuration(over)} more than the budget.`,
    );
  }
  return done;
}

/** The models or the method that the options name: one of both; neither: the method that suits the image. */
function chosenDenoiser(methods: MethodRegistry, options: Options): DenoiserChoice {
  const { noise, channel } = options;
  const named = namedDenoiser(methods, options);
  switch (named.kind) {
    case "method":
      return { method: methods.classicalNamed(named.method), noise, channel };
    case "models":
      return { methods, model: named.model, foreign: foreignModel, noise, channel };
    case "models of channels":
      return { methods, models: named.models, foreign: foreignModel, noise };
    case "automatic":
      return {
        ...{ methods, method: "automatic", noise, channel },
        ...(options.model === false ? { asked: { ready: false } } : { ready: readyModels }),
      };
    default:
      return named satisfies never;
  }
}
