import { InputError } from "@clidim/imaging";
import { type ConfigurationSpace, isPlain, type Plain } from "../protocol/configurationSpace.js";
import { leavesOf } from "../protocol/leavesOf.js";
import { explainIssues, type Issue } from "./explainIssues.js";

/** Where a value comes from. */
export type ValueSource = "default" | "preset" | "file" | "flag";

export interface ResolvedConfiguration<C> {
  readonly configuration: C;
  /** The source of each value by its dotted key: `weights.l1`. */
  readonly sources: Readonly<Record<string, ValueSource>>;
}

/** What a configuration is put together from, beside the defaults; later members win. */
export interface ConfigurationLayers {
  /** Default: what `flags` or `file` name, else the method's first; `layers` name none. */
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

/** A tree of values with the source of each leaf. */
interface Layered {
  readonly values: Plain;
  readonly sources: Readonly<Record<string, ValueSource>>;
}

type Space = Omit<ConfigurationSpace<unknown>, "schema" | "check">;

/**
 * What a record starts from when its `mode` changes: the mode's defaults where it has some, else nothing; undefined where it does not
 * start anew, as the mode is no mode of it.
 */
function freshRecord({ modes }: Space, key: string, mode: unknown): Plain | undefined {
  const known = modes?.[key];
  return known ? memberAsRecord(known.defaults, mode) : {};
}

function memberAsRecord(records: Readonly<Record<string, Plain>>, name: unknown): Plain | undefined {
  return typeof name === "string" && Object.hasOwn(records, name) ? records[name] : undefined;
}

/** `changes` over `base`, record by record. A record of another `mode` starts anew, from that mode's defaults where it has some. */
function overlay(
  space: Space,
  base: Layered,
  changes: Plain,
  source: ValueSource,
  path: readonly string[] = [],
): Layered {
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
    const fresh = another ? freshRecord(space, key, change.mode) : undefined;
    if (fresh) {
      const marked = Object.fromEntries(leavesOf(fresh, inner).map(([leaf]) => [leaf, "default" as const]));
      start = { values: fresh, sources: { ...without(sources, name), ...marked } };
    }
    const merged = overlay(space, start, change, source, inner);
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

/** A preset's values over the defaults. */
function presetLayers(space: Space, name: string): Layered {
  const { defaults, changes } = space;
  const start = Object.fromEntries(leavesOf(defaults).map(([leaf]) => [leaf, "default" as const]));
  const base = { values: { preset: name, ...defaults }, sources: start };
  return overlay(space, base, changes[name] ?? {}, "preset");
}

/**
 * The configuration that a preset, a file and flags come to in a method's keys, and where each value comes from. Throws an `InputError` that names each unknown key or
 * bad value, where it was given and what is allowed.
 */
export function layerConfiguration<C>(
  { space }: { readonly space: ConfigurationSpace<C> },
  { preset, file, layers: between = [], flags = {} }: ConfigurationLayers,
): ResolvedConfiguration<C> {
  const named: readonly (readonly [unknown, ValueSource])[] = [
    [flags.preset ?? preset, "flag"],
    [file?.values.preset, "file"],
    [space.presets[0], "default"],
  ];
  const [wanted, source] = named.find(([value]) => value !== undefined)!; // the last one has a value
  const name = space.presets.find((known) => known === wanted);
  if (name === undefined) {
    throw new InputError(
      `configuration: preset is ${JSON.stringify(wanted)}; allowed: ${space.presets.join(", ")} (other methods have others)`,
      { keys: ["preset"] },
    );
  }
  const { preset: _inFile, method: _ofFile, ...fromFile } = file?.values ?? {};
  const { preset: _inFlags, ...fromFlags } = flags;
  const { values, sources } = [...between, fromFlags].reduce<Layered>(
    (below, record) => overlay(space, below, record, "flag"),
    overlay(space, presetLayers(space, name), fromFile, "file"),
  );
  const result = space.schema.safeParse(values);
  const issues = result.success ? refused(space, result.data) : result.error.issues;
  if (result.success && issues.length === 0) {
    return { configuration: result.data, sources: { preset: source, ...sources } };
  }
  const nameOf = (path: readonly string[]): string => {
    const key = path.join(".");
    return file && sources[key] === "file" ? `${key} (in ${file.name})` : key;
  };
  throw new InputError(`configuration: ${explainIssues(space, values, issues, nameOf).join("; ")}`);
}

function refused<C>(space: ConfigurationSpace<C>, configuration: C): Issue[] {
  const issues: Issue[] = [];
  space.check(configuration, (path, message) => issues.push({ code: "custom", path, message }));
  return issues;
}

/**
 * A preset of a method with some of its values changed: `resolveConfiguration(method, "laptop", { updates: 750, weights: { l1: 0 } })`. Members that are
 * undefined change nothing. A record of another mode starts from that mode's defaults. Throws an `InputError` that names each
 * unknown key or bad value and what is allowed.
 */
export const resolveConfiguration = <C>(
  method: { readonly space: ConfigurationSpace<C> },
  preset: string,
  overrides: Plain = {},
): C => layerConfiguration(method, { preset, flags: { ...overrides, preset } }).configuration;

/**
 * Checks a whole configuration as read from the file of a model or a training, key by key: what keys may be to each other was asked when it was trained by, maybe by an earlier version that refused
 * less. Throws an `InputError` that names each bad key, its value and what is allowed.
 */
export function parseConfiguration<C>(
  { space }: { readonly space: ConfigurationSpace<C> },
  value: unknown,
): C {
  const result = space.schema.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(`configuration: ${explainIssues(space, value, result.error.issues).join("; ")}`);
}
