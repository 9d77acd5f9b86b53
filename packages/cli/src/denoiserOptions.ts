import { existsSync } from "node:fs";
import type { MethodRegistry } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { type Command, Option } from "commander";
import { wholeNumber } from "./options.js";
import { zooPath } from "./zooPath.js";

/** What denoises, as the options of a command name it. */
export interface DenoiserOptions {
  /** `false` where none is wanted. */
  readonly model?: readonly string[] | false;
  /** `true` without a value. */
  readonly method?: string | true;
  readonly noise?: string;
  readonly channel?: readonly string[];
  readonly captures?: "t" | "z";
  readonly normalization?: "model" | "image";
  readonly report?: true;
  readonly ensemble?: boolean;
  /** `true` without the option. */
  readonly blend: boolean;
  readonly uncertainty?: number;
  readonly samples?: number;
  readonly dtype?: "float32";
}

export const axisOf = { t: "T", z: "Z" } as const;

export const classicalNames = ({ classical }: MethodRegistry): string =>
  classical.map(({ name }) => name).join(", ");

/** Those whose models draw signals. */
const drawingNames = ({ trained }: MethodRegistry): string =>
  trained.flatMap(({ name, posteriorSample }) => (posteriorSample ? [name] : [])).join(" or ");

/** Adds what chooses a model or a method, and what is done with it; `ready`: whether the models that come with the program are among what is chosen from. */
export function addDenoiserOptions(
  command: Command,
  methods: MethodRegistry,
  { ready }: { readonly ready: boolean },
): Command {
  command.option(
    "--model <path>",
    "folder of a training run, or a model.safetensors; zoo:<name>: one that comes with clidim (clidim models); an ONNX file or a BioImage Model Zoo archive of another program; repeated: the mean of their results; DAPI=<path>: for one channel",
    repeated,
  );
  if (ready) {
    command.option(
      "--no-model",
      "choose among the methods without training alone, not the models that come with clidim",
    );
    refuseBoth(command);
  }
  return command
    .option(
      "--method [name]",
      `instead of --model: a method that needs no training (${classicalNames(methods)}); it chooses its parameters on each image itself (default, without --model: that one which foretells hidden pixels of the image best${ready ? ", or a model that comes with clidim where it foretells them better" : ""})`,
    )
    .option(
      "--noise <file>",
      "the noise of the camera as clidim noise has measured it, of methods without training and of models that see its level (default: estimated on each page)",
    )
    .option(
      "--channel <name>",
      "the channel to denoise, of files with several: its name or zero-based index (name:1 or index:1 where it may be either); 0,2-4 or repeated: several; the others are copied as they are (default: each by itself)",
      repeated,
    )
    .addOption(
      new Option(
        "--normalization <kind>",
        "which grey values become the network's range: the training data's, or each file's own (default: as in training)",
      ).choices(["model", "image"]),
    )
    .option(
      "--report",
      "write <name>.report.html and .json beside each result: what was taken away, and whether it was noise alone",
    )
    .option(
      "--ensemble",
      "average the results for the page's eight orientations, eight times the work; the four that keep its axis where a model is for noise along rows or columns (default: as the model was trained to be used, key orientations)",
    )
    .option("--no-ensemble", "denoise each page as it is, also with a model of eight orientations")
    .option(
      "--no-blend",
      "the network's results alone, of a model whose results are a mean with those of a method without training (key blend), which takes seconds for each page",
    )
    .option(
      "--uncertainty <n>",
      "write a map below --out for each result: uncertainty/<name>.tif, the standard deviation of the error, of a model that was calibrated on held-out images; else scatter/<name>.tif, that between n passes or n models",
      wholeNumber(2),
    )
    .option(
      "--samples <n>",
      `of a model of ${drawingNames(methods)}: write n of the signals that it holds likely for each page as a stack, samples/<name>, in the type of the result`,
      wholeNumber(1),
    )
    .addOption(
      new Option(
        "--dtype <type>",
        "the pixel type of results and samples: float32, so that nothing is rounded (default: that of each input); a PNG's are then TIFFs",
      ).choices(["float32"]),
    )
    .addOption(
      new Option(
        "--captures <axis>",
        "of a model that sees several captures of an image at once (key frames): the axis along which they lie, one behind the other (default: t)",
      ).choices(["t", "z"]),
    );
}

/** Both set one value, of which the last given would be taken. */
function refuseBoth(command: Command): void {
  const given = new Set<string>();
  for (const name of ["model", "no-model"]) command.on(`option:${name}`, () => given.add(name));
  command.hook("preAction", () => {
    if (given.size < 2) return;
    throw new InputError("a model is given, and that none is wanted; leave out one of both", {
      keys: ["model", "noModel"],
    });
  });
}

const repeated = (text: string, before: readonly string[] | false = []): string[] => [
  ...(before || []),
  text,
];

/** What the options name: one method by its name, models, or models for channels; nothing: the method that suits each image. */
export type NamedDenoiser =
  | { readonly kind: "method"; readonly method: string }
  | { readonly kind: "models"; readonly model: readonly string[] }
  | { readonly kind: "models of channels"; readonly models: readonly ChannelModels[] }
  | { readonly kind: "automatic" };

/** `InputError`s: a method without a name, a method beside models, channels beside models for channels. */
export function namedDenoiser(
  methods: MethodRegistry,
  { model, method, channel }: Pick<DenoiserOptions, "model" | "method" | "channel">,
): NamedDenoiser {
  if (method === true) {
    throw new InputError(`method: expected one of ${classicalNames(methods)}`, { keys: ["method"] });
  }
  if (method !== undefined) {
    if (model) {
      throw new InputError("a model and a method exclude each other; give one of both", {
        keys: ["model", "method"],
      });
    }
    return { kind: "method", method };
  }
  if (!model) return { kind: "automatic" };
  const models = modelsOfChannels(model);
  if (!models) return { kind: "models", model: model.map(zooPath) };
  if (channel) {
    throw new InputError("models for channels name the channels; leave out the others", {
      keys: ["channel"],
    });
  }
  return { kind: "models of channels", models };
}

interface ChannelModels {
  readonly channel: string;
  readonly model: readonly string[];
}

/** The models of each channel where they are given as `DAPI=path`; undefined where none is. A path that is there is one, whatever its name, and so is what has a folder before the sign. */
function modelsOfChannels(texts: readonly string[]): ChannelModels[] | undefined {
  const named = texts.map(
    (text) => (existsSync(text) ? undefined : /^([^=/\\]+)=(.+)$/s.exec(text)) ?? undefined,
  );
  if (!named.some((match) => match)) return undefined;
  const models = new Map<string, string[]>();
  for (const [i, match] of named.entries()) {
    if (!match) {
      throw new InputError(
        `model ${texts[i]} is for no channel, others are; give each as <channel>=<path>, or none`,
        { keys: ["model"] },
      );
    }
    const [channel, model] = [match[1]!, match[2]!];
    models.set(channel, [...(models.get(channel) ?? []), zooPath(model)]);
  }
  return [...models].map(([channel, model]) => ({ channel, model }));
}
