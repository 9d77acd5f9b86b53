import { readFile } from "node:fs/promises";
import {
  type ConfigurationLayers,
  describeConfiguration,
  type KeyDescription,
  parseConfigurationValue,
  type TrainedMethod,
  withValue,
} from "@clidim/denoise";
import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { fileError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { type Command, Option } from "commander";
import { wholeNumber } from "./options.js";

/** The keys that say what of the data is used, and what for. */
const protocol: readonly string[] = ["shots", "groundTruth", "regions", "split", "selection"];

/** The method where none is named. */
const [defaultMethod] = methods.trained as readonly [TrainedMethod, ...TrainedMethod[]]; // the registry has one

/** Options are named as the keys, with their dots: `--weights.l1 50`; also with hyphens: `--groundTruth` or `--ground-truth`. */
function flagOf(key: string): string {
  const hyphenated = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return hyphenated === key ? `--${key}` : `--${key}, --${hyphenated}`;
}

/** The keys that are asked for most, of all methods, with a few words for each. */
const commonKeys: Readonly<Record<string, string>> = Object.assign(
  {},
  ...methods.trained.map(({ space }) => space.common).toReversed(),
);

/** A key as the first method that has it describes it, and the names of all that have it. */
interface Key {
  readonly description: KeyDescription;
  readonly owners: string[];
}

/** The keys of all methods. */
const keys: ReadonlyMap<string, Key> = (() => {
  const found = new Map<string, Key>();
  for (const method of methods.trained) {
    for (const description of describeConfiguration(method)) {
      const known = found.get(description.key);
      if (known) known.owners.push(method.name);
      else found.set(description.key, { description, owners: [method.name] });
    }
  }
  return found;
})();

/** Those that are asked for less. */
const furtherKeys: readonly KeyDescription[] = [...keys.values()]
  .map(({ description }) => description)
  .filter(({ key }) => key !== "preset" && !Object.hasOwn(commonKeys, key));

/** The methods that have a key, where it is not every one. */
function ownersOf(key: string): string {
  const owners = keys.get(key)?.owners ?? [];
  return owners.length === methods.trained.length ? "" : ` (${owners.join(", ")})`;
}

/** Adds --method, --preset, --config and one option per key of the configurations; the rarer keys are only listed where `all`. */
export function addConfigurationOptions(command: Command, all: boolean): Command {
  const names = methods.trained.map(({ name }) => name);
  const presets = [...new Set(methods.trained.flatMap(({ space }) => space.presets))];
  command
    .addOption(
      new Option("--method <name>", `what is trained (default: "${defaultMethod.name}")`).choices(names),
    )
    .addOption(
      new Option(
        "--preset <name>",
        `where the values below come from (default: ${methods.trained.map(({ name, space }) => `"${space.presets[0]}" of ${name}`).join(", ")})`,
      ).choices(presets),
    )
    .option("--config <file>", "a YAML file with keys and values, which go before the preset's");
  for (const [key, description] of Object.entries(commonKeys)) {
    command.option(`--${key} <n>`, `${description}${ownersOf(key)}`, wholeNumber(1));
  }
  for (const { key, allowed, description } of furtherKeys) {
    const option = new Option(`${flagOf(key)} <value>`, `${description}${ownersOf(key)}; ${allowed}`);
    command.addOption(all || protocol.includes(key) ? option : option.hideHelp());
  }
  return command;
}

/** The method that the parsed options and the configuration file name, and the layers of its configuration. */
export interface ChosenConfiguration {
  readonly method: TrainedMethod;
  readonly layers: ConfigurationLayers;
}

/** What the parsed options ask for. Throws an `InputError` for a file that is not there or is no YAML, and for a method that there is not. */
export async function chosenConfiguration(
  options: Readonly<Record<string, unknown>>,
): Promise<ChosenConfiguration> {
  const { preset, config } = options;
  const file =
    typeof config === "string" ? parseConfigurationYaml(await readText(config), config) : undefined;
  const method = methods.trainedNamed(options.method ?? file?.values.method ?? defaultMethod.name);
  let flags: Record<string, unknown> = {};
  for (const key of Object.keys(commonKeys)) {
    if (options[key] !== undefined) flags = withValue(flags, key, options[key]);
  }
  const own = new Map(describeConfiguration(method).map((description) => [description.key, description]));
  for (const description of furtherKeys) {
    const { key } = description;
    const text = options[key];
    if (typeof text !== "string") continue;
    flags = withValue(flags, key, parseConfigurationValue(own.get(key) ?? description, text));
  }
  return { method, layers: { flags, file, ...(typeof preset === "string" && { preset }) } };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileError("read", path, error);
  }
}
