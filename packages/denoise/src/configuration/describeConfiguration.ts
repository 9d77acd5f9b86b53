import { InputError } from "@clidim/imaging";
import { type ConfigurationSpace, memberAt } from "../protocol/configurationSpace.js";
import { type FieldKind, factsOf } from "../protocol/fields.js";

/** One key of a method's configuration. */
export interface KeyDescription {
  /** Dotted: `normalization.low`. */
  readonly key: string;
  readonly kind: FieldKind;
  /** In words: "a number from 0.001 to 1000". */
  readonly allowed: string;
  /** What it means, in a sentence. */
  readonly description: string;
  /** Its value where no preset says otherwise; undefined where it has none. For keys of a record with modes that of its standard mode. */
  readonly default: unknown;
  /** The presets that say otherwise. */
  readonly presets: Readonly<Record<string, unknown>>;
  /** For keys of a record with modes: the modes whose own default is another one. */
  readonly modes?: Readonly<Record<string, unknown>>;
}

type Space = ConfigurationSpace<unknown>;

function describeKey(
  { groups, presets, changes, defaults, modes }: Space,
  group: string,
  name: string,
): KeyDescription {
  const schema = groups[group]?.[name];
  const facts = schema && factsOf(schema);
  const path = group === "" ? [name] : [group, name];
  const key = path.join(".");
  if (!facts) throw new Error(`describeConfiguration: ${key} has no description`);
  const own = presets.flatMap((preset): [string, unknown][] => {
    const value = key === "preset" ? undefined : memberAt(changes[preset], path);
    return value === undefined ? [] : [[preset, value]];
  });
  const record = modes?.[group];
  const standard = record
    ? memberAt(record.defaults[record.standard], [name])
    : memberAt({ preset: presets[0], ...defaults }, path);
  const differing = Object.entries(record?.defaults ?? {}).flatMap(([mode, values]): [string, unknown][] => {
    const value = memberAt(values, [name]);
    return value === standard || mode === record?.initial ? [] : [[mode, value]];
  });
  const ofModes = name !== "mode" && differing.length > 0;
  return {
    key,
    ...facts,
    default: record && name === "mode" ? record.initial : standard,
    presets: Object.fromEntries(own),
    ...(ofModes && { modes: Object.fromEntries(differing) }),
  };
}

/** Every key of a method's configuration that can be set, in the order of the file: kind, range, default, what each preset says. */
export const describeConfiguration = ({ space }: { readonly space: Space }): KeyDescription[] =>
  Object.entries(space.groups).flatMap(([group, fields]) =>
    Object.keys(fields).map((name) => describeKey(space, group, name)),
  );

/**
 * A key's value from text, as a command line has it: numbers, true and false, lists with commas (an empty text is an empty list). Whether it is
 * allowed is checked when the configuration is resolved. Throws an `InputError` where the text cannot be of the key's kind.
 */
export function parseConfigurationValue(
  { key, kind, allowed }: Pick<KeyDescription, "key" | "kind" | "allowed">,
  text: string,
): unknown {
  const refuse = (): never => {
    throw new InputError(`configuration: ${key} is ${JSON.stringify(text)}; allowed: ${allowed}`);
  };
  switch (kind) {
    case "whole number":
    case "number": {
      const value = Number(text);
      return text.trim() === "" || !Number.isFinite(value) ? refuse() : value;
    }
    case "switch":
      return text === "true" ? true : text === "false" ? false : refuse();
    case "choice":
      return text;
    case "list":
      return text === "" ? [] : text.split(",").map((item) => item.trim());
    default:
      return kind satisfies never;
  }
}

/** `values` with the value at a dotted key: `withValue({}, "weights.l1", 1)` is `{ weights: { l1: 1 } }`. */
export function withValue(
  values: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Record<string, unknown> {
  const [first = "", ...rest] = key.split(".");
  if (rest.length === 0) return { ...values, [first]: value };
  const inner = values[first];
  const record = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? { ...inner } : {};
  return { ...values, [first]: withValue(record, rest.join("."), value) };
}
