import { InputError } from "@clidim/imaging";
import { contrastiveDefaults, contrastiveModes } from "./contrastive.js";
import { type FieldKind, factsOf } from "./fields.js";
import { defaults, presetChanges } from "./presetValues.js";
import { fieldGroups, type PresetName, presetNames } from "./schema.js";

/** One key of the configuration. */
export interface KeyDescription {
  /** Dotted: `contrastive.temperature`. */
  readonly key: string;
  readonly kind: FieldKind;
  /** In words: "a number from 0.001 to 1000". */
  readonly allowed: string;
  /** What it means, in a sentence. */
  readonly description: string;
  /** Its value where no preset says otherwise; undefined where it has none. For `contrastive.` keys that of mode disc. */
  readonly default: unknown;
  /** The presets that say otherwise. */
  readonly presets: { readonly [P in PresetName]?: unknown };
  /** For `contrastive.` keys: the modes whose own default is another one. */
  readonly modes?: Readonly<Record<string, unknown>>;
}

const memberAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      // A record's member by its key.
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    root,
  );

function describeKey(group: string, name: string): KeyDescription {
  const schema = fieldGroups[group]?.[name];
  const facts = schema && factsOf(schema);
  const path = group === "" ? [name] : [group, name];
  const key = path.join(".");
  if (!facts) throw new Error(`describeConfiguration: ${key} has no description`);
  const own = presetNames.flatMap((preset): [string, unknown][] => {
    const value = key === "preset" ? undefined : memberAt(presetChanges[preset], path);
    return value === undefined ? [] : [[preset, value]];
  });
  const standard = memberAt({ preset: "laptop", ...defaults, contrastive: contrastiveDefaults.disc }, path);
  const differing = contrastiveModes.flatMap((mode): [string, unknown][] => {
    const value = memberAt(contrastiveDefaults[mode], [name]);
    return value === standard || mode === "off" ? [] : [[mode, value]];
  });
  const modes = group === "contrastive" && name !== "mode" && differing.length > 0;
  return {
    key,
    ...facts,
    default: key === "contrastive.mode" ? "off" : standard,
    presets: Object.fromEntries(own),
    ...(modes && { modes: Object.fromEntries(differing) }),
  };
}

/** Every key of the configuration that can be set, in the order of the file: kind, range, default, what each preset says. */
export const describeConfiguration = (): KeyDescription[] =>
  Object.entries(fieldGroups).flatMap(([group, fields]) =>
    Object.keys(fields).map((name) => describeKey(group, name)),
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
