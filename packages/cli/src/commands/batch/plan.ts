import { jobLine, type Parameters, planBatch } from "@clidim/batch";
import type { MethodRegistry, PlaneRanges } from "@clidim/denoise";
import { resultsIn } from "@clidim/denoise/node";
import { expandFiles } from "@clidim/imaging/node";
import { Command } from "commander";
import { addPlaneOptions } from "../../axisOptions.js";
import { addDenoiserOptions, axisOf, type DenoiserOptions, namedDenoiser } from "../../denoiserOptions.js";
import { foreignModel } from "../../foreignModel.js";
import { interruptible } from "../../interruption.js";
import { leftOut } from "../../leftOut.js";
import { noteText } from "../../notes.js";
import { note, type Terminal } from "../../terminal.js";

interface Options extends DenoiserOptions {
  readonly in: readonly string[];
  readonly out: string;
  readonly z?: PlaneRanges;
  readonly t?: PlaneRanges;
  readonly nodata?: number | "none";
  readonly recursive?: true;
  readonly overwrite?: true;
}

export function planCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const command = addDenoiserOptions(
    new Command("plan").description(
      "Print one line for each image that is to be denoised, with everything that its result depends on.",
    ),
    methods,
    { ready: false },
  )
    .requiredOption(
      "--in <files...>",
      "images, any size: files, patterns, folders; with optional page ranges such as stack.tif#0-9",
    )
    .requiredOption("--out <dir>", "folder for the results, which keep the names of the inputs")
    .option(
      "--overwrite",
      "replace results of clidim that are there already (default: those of earlier plans of the same files alone); other files never",
    )
    .option(
      "--recursive",
      "search the folders among the inputs with all that are below; the results lie in the same folders below --out",
    );
  return addPlaneOptions(command)
    .addHelpText(
      "after",
      `
Every file is opened for a moment; nothing is written. One that cannot be opened is told of and planned all the same: it is given up, with the reason, if it cannot be opened when its turn comes.
Paths are written in full, so that the lines can be run from anywhere where they lead to the same files. Several page ranges of one file are jobs of their own, with results in folders such as pages-0-9.

Examples:
  clidim batch plan --model model --in "data/**/*.ome.tif" --out denoised --report > jobs.jsonl
  clidim batch run jobs.jsonl`,
    )
    .action(async (options: Options) => {
      const { out, recursive = false, overwrite = false } = options;
      const files = await expandFiles(options.in, {
        ...{ out, recursive },
        resultsIn,
        onLeftOut: (...left) => note(terminal, noteText(terminal, leftOut(...left, "plan"))),
      });
      const jobs = await interruptible(terminal, "nothing is planned", (signal) =>
        planBatch(
          {
            ...{ methods, foreign: foreignModel, files, out, overwrite },
            parameters: parametersOf(methods, options),
          },
          {
            signal,
            onWarning: (sentence) => note(terminal, noteText(terminal, sentence)),
            onProblem: (_file, sentence) => note(terminal, noteText(terminal, sentence)),
          },
        ),
      );
      for (const job of jobs) terminal.out.write(`${jobLine(job)}\n`);
    });
}

function parametersOf(methods: MethodRegistry, options: Options): Parameters {
  const {
    noise,
    channel,
    normalization,
    ensemble,
    blend,
    uncertainty,
    samples,
    dtype,
    report,
    z,
    t,
    nodata,
    captures,
  } = options;
  const named = namedDenoiser(methods, options);
  // What is not known is refused before anything is opened.
  if (named.kind === "method") methods.classicalNamed(named.method);
  const ranges = (planes: PlaneRanges) => ("first" in planes ? planes : [...planes]);
  return {
    ...(named.kind === "method" && { method: named.method }),
    ...(named.kind === "automatic" && { method: "automatic" }),
    ...(named.kind === "models" && { model: [...named.model] }),
    ...(named.kind === "models of channels" && {
      models: named.models.map((one) => ({ channel: one.channel, model: [...one.model] })),
    }),
    ...(noise !== undefined && { noise }),
    ...(channel && { channel: [...channel] }),
    ...(z && { z: ranges(z) }),
    ...(t && { t: ranges(t) }),
    ...(nodata !== undefined && { nodata }),
    ...(captures && { captures: axisOf[captures] }),
    ...(normalization && { normalization }),
    ...(ensemble !== undefined && { ensemble }),
    ...(!blend && { blend }),
    ...(uncertainty !== undefined && { uncertainty }),
    ...(samples !== undefined && { samples }),
    ...(dtype && { dtype }),
    ...(report && { report }),
  };
}
