import { InputError } from "@clidim/imaging";
import { contrastiveDefaults, contrastiveModes } from "./contrastive.js";
import { defaults, presetChanges } from "./presetValues.js";
import { Configuration, explainIssues, type PresetName, presetNames } from "./schema.js";

export {
  Configuration,
  type NormalizationChoice,
  type PresetName,
  parseConfiguration,
  presetNames,
} from "./schema.js";

/** Where a value comes from. */
export type ValueSource = "default" | "preset" | "file" | "flag";

export interface ResolvedConfiguration {
  readonly configuration: Configuration;
  /** The source of each value by its dotted key: `weights.l1`. */
  readonly sources: Readonly<Record<string, ValueSource>>;
}

/** What a configuration is put together from, beside the defaults; later members win. */
export interface ConfigurationLayers {
  /** Default: what `flags` or `file` name, else "laptop"; `layers` name none. */
  readonly preset?: string | undefined;
  /** Values from a file, see `parseConfigurationYaml`. */
  readonly file?: ConfigurationFile | undefined;
  /** Records of values from a program, each over the one before it. */
  readonly layers?: readonly Plain[] | undefined;
  /** Values from the command line or a program. Members that are undefined change nothing. */
  readonly flags?: Plain | undefined;
}

export interface ConfigurationFile {
  /** What messages call it. */
  readonly name: string;
  readonly values: Plain;
}

export type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A tree of values with the source of each leaf. */
interface Layered {
  readonly values: Plain;
  readonly sources: Readonly<Record<string, ValueSource>>;
}

/** Dotted keys of all leaves; lists are leaves. */
function leafPaths(value: unknown, path: readonly string[]): string[] {
  if (!isPlain(value)) return [path.join(".")];
  return Object.entries(value).flatMap(([key, member]) => leafPaths(member, [...path, key]));
}

/**
 * What a record starts from when its `mode` changes: the mode's defaults for the contrastive term, nothing for others; undefined where it does not
 * start anew, as the mode is no mode of it.
 */
function freshRecord(key: string, mode: unknown): Plain | undefined {
  if (key !== "contrastive") return {};
  const known = contrastiveModes.find((name) => name === mode);
  return known && contrastiveDefaults[known];
}

/** `changes` over `base`, record by record. A record of another `mode` starts anew, from that mode's defaults where it has some. */
function overlay(base: Layered, changes: Plain, source: ValueSource, path: readonly string[] = []): Layered {
  let { values, sources } = base;
  for (const [key, change] of Object.entries(changes)) {
    if (change === undefined) continue;
    const inner = [...path, key];
    const name = inner.join(".");
    const old = values[key];
    if (!isPlain(change)) {
      values = { ...values, [key]: change };
      sources = { ...without(sources, name), [name]: source };
      continue;
    }
    let start: Layered = {
      values: isPlain(old) ? old : {},
      sources: isPlain(old) ? sources : without(sources, name),
    };
    const another = change.mode !== undefined && start.values.mode !== change.mode;
    const fresh = another ? freshRecord(key, change.mode) : undefined;
    if (fresh) {
      const marked = Object.fromEntries(leafPaths(fresh, inner).map((leaf) => [leaf, "default" as const]));
      start = { values: fresh, sources: { ...without(sources, name), ...marked } };
    }
    const merged = overlay(start, change, source, inner);
    values = { ...values, [key]: merged.values };
    sources = merged.sources;
  }
  return { values, sources };
}

const without = (
  sources: Readonly<Record<string, ValueSource>>,
  name: string,
): Readonly<Record<string, ValueSource>> =>
  Object.fromEntries(Object.entries(sources).filter(([key]) => key !== name && !key.startsWith(`${name}.`)));

function presetNamed(name: unknown): PresetName {
  const found = presetNames.find((known) => known === name);
  if (found) return found;
  throw new InputError(
    `configuration: preset is ${JSON.stringify(name)}; allowed: ${presetNames.join(", ")}`,
  );
}

/** A preset's values over the defaults. */
function presetLayers(name: PresetName): Layered {
  const start = Object.fromEntries(leafPaths(defaults, []).map((leaf) => [leaf, "default" as const]));
  return overlay({ values: { preset: name, ...defaults }, sources: start }, presetChanges[name], "preset");
}

/**
 * The configuration that a preset, a file and flags come to, and where each value comes from. Throws an `InputError` that names each unknown key or
 * bad value, where it was given and what is allowed.
 */
export function layerConfiguration({
  preset,
  file,
  layers: between = [],
  flags = {},
}: ConfigurationLayers): ResolvedConfiguration {
  const named: readonly (readonly [unknown, ValueSource])[] = [
    [flags.preset ?? preset, "flag"],
    [file?.values.preset, "file"],
    ["laptop", "default"],
  ];
  const [name, source] = named.find(([value]) => value !== undefined)!; // the last one has a value
  const { preset: _inFile, ...fromFile } = file?.values ?? {};
  const { preset: _inFlags, ...fromFlags } = flags;
  const { values, sources } = [...between, fromFlags].reduce<Layered>(
    (below, record) => overlay(below, record, "flag"),
    overlay(presetLayers(presetNamed(name)), fromFile, "file"),
  );
  const result = Configuration.safeParse(values);
  if (result.success) return { configuration: result.data, sources: { preset: source, ...sources } };
  const nameOf = (path: readonly string[]): string => {
    const key = path.join(".");
    return file && sources[key] === "file" ? `${key} (in ${file.name})` : key;
  };
  throw new InputError(`configuration: ${explainIssues(values, result.error, nameOf).join("; ")}`);
}

/**
 * A preset with some of its values changed: `resolveConfiguration("laptop", { updates: 750, weights: { gan: 0 } })`. Members that are
 * undefined change nothing. A contrastive term of another mode starts from that mode's defaults. Throws an `InputError` that names each
 * unknown key or bad value and what is allowed.
 */
export const resolveConfiguration = (preset: string, overrides: Plain = {}): Configuration =>
  layerConfiguration({ preset, flags: { ...overrides, preset } }).configuration;
