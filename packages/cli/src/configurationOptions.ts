import { readFile } from "node:fs/promises";
import {
  type ConfigurationLayers,
  describeConfiguration,
  parseConfigurationValue,
  parseConfigurationYaml,
  presetNames,
  withValue,
} from "@clidim/clidim";
import { fileError } from "@clidim/imaging";
import { type Command, Option } from "commander";
import { wholeNumber } from "./options.js";

/** The keys that are asked for most, with a sentence of their own in the help. */
const common = {
  updates: "length of the training",
  batch: "crops per update",
  crop: "side of the training crops in pixels",
  ngf: "channels of the outermost block of the generator",
  downs: "halvings of the image in the generator",
} as const;

/** The keys that say what of the data is used, and what for. */
const protocol: readonly string[] = ["shots", "groundTruth", "regions", "split", "selection"];

/** Options are named as the keys, with their dots: `--weights.l1 50`; also with hyphens: `--groundTruth` or `--ground-truth`. */
function flagOf(key: string): string {
  const hyphenated = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return hyphenated === key ? `--${key}` : `--${key}, --${hyphenated}`;
}

const furtherKeys = () =>
  describeConfiguration().filter(({ key }) => key !== "preset" && !Object.hasOwn(common, key));

/** Adds --preset, --config and one option per key of the configuration; the rarer keys are only listed where `all`. */
export function addConfigurationOptions(command: Command, all: boolean): Command {
  command
    .addOption(
      new Option("--preset <name>", 'where the values below come from (default: "laptop")').choices(
        presetNames,
      ),
    )
    .option("--config <file>", "a YAML file with keys and values, which go before the preset's");
  for (const [key, description] of Object.entries(common)) {
    command.option(`--${key} <n>`, description, wholeNumber(1));
  }
  for (const { key, allowed, description } of furtherKeys()) {
    const option = new Option(`${flagOf(key)} <value>`, `${description}; ${allowed}`);
    command.addOption(all || protocol.includes(key) ? option : option.hideHelp());
  }
  return command;
}

/** The layers that the parsed options ask for. Throws an `InputError` for a file that is not there or is no YAML. */
export async function configurationLayers(
  options: Readonly<Record<string, unknown>>,
): Promise<ConfigurationLayers> {
  let flags: Record<string, unknown> = {};
  for (const key of Object.keys(common)) {
    if (options[key] !== undefined) flags = withValue(flags, key, options[key]);
  }
  for (const description of furtherKeys()) {
    const text = options[description.key];
    if (typeof text === "string") {
      flags = withValue(flags, description.key, parseConfigurationValue(description, text));
    }
  }
  const { preset, config } = options;
  return {
    flags,
    ...(typeof preset === "string" && { preset }),
    ...(typeof config === "string" && { file: parseConfigurationYaml(await readText(config), config) }),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileError("read", path, error);
  }
}
