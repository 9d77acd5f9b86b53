import {
  type ConfigurationLayers,
  describeConfiguration,
  type KeyDescription,
  type MethodRegistry,
  parseConfigurationValue,
  type TrainedMethod,
  withValue,
} from "@clidim/denoise";
import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { readTextFile } from "@clidim/imaging/node";
import { type Command, Option } from "commander";

/** The keys that say what of the data is used, and what for. */
const protocol: readonly string[] = ["shots", "groundTruth", "regions", "split", "selection"];

/** The method where none is named. */
const defaultMethod = ({ trained }: MethodRegistry): TrainedMethod => trained[0]!; // a registry of the command line has one

/** Options are named as the keys, with their dots: `--weights.l1 50`; also with hyphens: `--groundTruth` or `--ground-truth`. */
function flagOf(key: string): string {
  const hyphenated = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return hyphenated === key ? `--${key}` : `--${key}, --${hyphenated}`;
}

/** A key of some methods, as the first that has it describes it. */
interface OptionKey {
  readonly description: KeyDescription;
  /** The names of all methods that have it. */
  readonly owners: readonly string[];
  /** A few words, where it is one of those that are asked for most. */
  readonly common: string | undefined;
}

/** The keys of all methods; those that are asked for most come first, in their own order. */
function optionKeys({ trained }: MethodRegistry): readonly OptionKey[] {
  const commonKeys: Readonly<Record<string, string>> = Object.assign(
    {},
    ...trained.map(({ space }) => space.common).toReversed(),
  );
  const found = new Map<string, { description: KeyDescription; owners: string[] }>();
  for (const method of trained) {
    for (const description of describeConfiguration(method)) {
      const known = found.get(description.key);
      if (known) known.owners.push(method.name);
      else found.set(description.key, { description, owners: [method.name] });
    }
  }
  found.delete("preset"); // an option of its own
  const first = Object.keys(commonKeys).flatMap((key) => found.get(key) ?? []);
  return [...new Set([...first, ...found.values()])].map((known) => ({
    ...known,
    common: commonKeys[known.description.key],
  }));
}

/** Adds --method, --preset, --config and one option per key of the configurations; the rarer keys are only listed where `all`. */
export function addConfigurationOptions(command: Command, methods: MethodRegistry, all: boolean): Command {
  const { trained } = methods;
  const names = trained.map(({ name }) => name);
  const presets = [...new Set(trained.flatMap(({ space }) => space.presets))];
  command
    .addOption(
      new Option("--method <name>", `what is trained (default: "${defaultMethod(methods).name}")`).choices(
        names,
      ),
    )
    .addOption(
      new Option(
        "--preset <name>",
        `where the values below come from; clidim methods says what each is for (default: ${trained.map(({ name, space }) => `"${space.presets[0]}" of ${name}`).join(", ")})`,
      ).choices(presets),
    )
    .option("--config <file>", "a YAML file with keys and values, which go before the preset's");
  for (const { description, owners, common } of optionKeys(methods)) {
    const { key, allowed, description: meaning } = description;
    const ownersText = owners.length === trained.length ? "" : ` (${owners.join(", ")})`;
    if (common === undefined) {
      const option = new Option(`${flagOf(key)} <value>`, `${meaning}${ownersText}; ${allowed}`);
      command.addOption(all || protocol.includes(key) ? option : option.hideHelp());
    } else {
      command.option(`${flagOf(key)} ${placeholderOf(description)}`, `${common}${ownersText}`);
    }
  }
  return command;
}

/** The keys of a method that are asked for most. */
function commonKeys(method: TrainedMethod): readonly KeyDescription[] {
  return describeConfiguration(method).filter(({ key }) => Object.hasOwn(method.space.common, key));
}

const placeholderOf = ({ kind }: KeyDescription): string =>
  kind === "number" || kind === "whole number" ? "<n>" : "<value>";

/** Adds one option for each of the keys of a method that are asked for most; `also` has what is to be said of some in addition. */
export function addCommonOptions(
  command: Command,
  method: TrainedMethod,
  also: Readonly<Record<string, string>> = {},
): Command {
  for (const description of commonKeys(method)) {
    const { key } = description;
    const words = [method.space.common[key], ...(also[key] ? [also[key]] : [])].join(" ");
    command.option(`${flagOf(key)} ${placeholderOf(description)}`, words);
  }
  return command;
}

/** The values of these options that were given. Throws an `InputError` for one of another kind than its key's. */
export function commonValues(
  method: TrainedMethod,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return commonKeys(method).reduce<Record<string, unknown>>((values, description) => {
    const text = options[description.key];
    if (typeof text !== "string") return values;
    return withValue(values, description.key, parseConfigurationValue(description, text));
  }, {});
}

/** The method that the parsed options and the configuration file name, and the layers of its configuration. */
export interface ChosenConfiguration {
  readonly method: TrainedMethod;
  readonly layers: ConfigurationLayers;
}

/** What the parsed options ask for. Throws an `InputError` for a file that is not there or is no YAML, for a method that there is not, and for values that are of no kind that the method's keys have. */
export async function chosenConfiguration(
  methods: MethodRegistry,
  options: Readonly<Record<string, unknown>>,
): Promise<ChosenConfiguration> {
  const { preset, config } = options;
  const file =
    typeof config === "string" ? parseConfigurationYaml(await readTextFile(config), config) : undefined;
  const method = methods.trainedNamed(options.method ?? file?.values.method ?? defaultMethod(methods).name);
  const own = new Map(describeConfiguration(method).map((description) => [description.key, description]));
  let flags: Record<string, unknown> = {};
  for (const { description } of optionKeys(methods)) {
    const { key } = description;
    const text = options[key];
    if (typeof text !== "string") continue;
    // A key of other methods is refused with the configuration as a whole, whatever its value.
    const mine = own.get(key);
    flags = withValue(flags, key, mine ? parseConfigurationValue(mine, text) : text);
  }
  return { method, layers: { flags, file, ...(typeof preset === "string" && { preset }) } };
}
