import type { KeyDescription } from "@clidim/denoise";

/** What is said of keys: those that there are, the preset, and the values that differ from it. */
export interface SaidOfKeys {
  readonly keys: readonly KeyDescription[];
  readonly preset: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a key is where the user says nothing of it: of the preset, else of the mode of its record, else of the method. A record of another mode than the preset's has nothing of the preset. */
export function standardValue(field: KeyDescription, said: SaidOfKeys): unknown {
  const { keys, preset, values } = said;
  const modeKey = field.key.replace(/[^.]+$/, "mode");
  const modeField =
    modeKey === "mode" || modeKey === field.key ? undefined : keys.find(({ key }) => key === modeKey);
  const ofPreset = modeField && standardValue(modeField, said);
  const mode = values[modeKey] ?? ofPreset;
  const own = preset !== undefined && Object.hasOwn(field.presets, preset);
  if (own && (modeField === undefined || mode === ofPreset)) return field.presets[preset];
  return (modeField && typeof mode === "string" ? field.modes?.[mode] : undefined) ?? field.default;
}

/** What a key that is a choice, or a list, may have. */
export const optionsOf = ({ allowed, kind }: KeyDescription): readonly string[] =>
  (kind === "list" ? allowed.replace(/^a list of /, "") : allowed).split(", ");

/** A value as it stands in a field; of a list, its names. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `${value}`
    : "";
}

/** What the field of a number shows: the text that is typed as long as it says the value, since "1." is on its way to "1.5"; else the value. */
export const numberText = (typed: string | undefined, value: unknown): string =>
  typed !== undefined && typed.trim() !== "" && Number(typed) === value ? typed : textOf(value);

/** A typed value, or what is wrong with it. */
export type Typed = { readonly value: unknown } | { readonly problem: string };

/**
 * What somebody has typed into the field of a number, by the words of what is allowed: at once, before the engine looks at the values together. A range is "from 1 to 512", anything else numbers with commas.
 */
export function typedNumber(
  { kind, allowed }: Pick<KeyDescription, "kind" | "allowed">,
  text: string,
): Typed {
  const problem = `Expected ${allowed}.`;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return { problem };
  if (kind === "whole number" && !Number.isInteger(value)) return { problem };
  const range = /from (\S+) to (\S+)/.exec(allowed);
  const within = range
    ? value >= Number(range[1]) && value <= Number(range[2])
    : allowed.split(", ").map(Number).includes(value);
  const odd = !allowed.startsWith("an odd number") || value % 2 !== 0;
  return within && odd ? { value } : { problem };
}
