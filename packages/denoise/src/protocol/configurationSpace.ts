import type { z } from "zod";
import type { Refuse } from "./runConfiguration.js";

/** Plain data by key, nothing known of it yet: what files, flags and presets hold. */
export type Plain = Readonly<Record<string, unknown>>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Some of the members of a configuration. */
export type Changes<T> = {
  readonly [K in keyof T]?: T[K] extends readonly unknown[]
    ? T[K]
    : T[K] extends object
      ? Changes<T[K]>
      : T[K];
};

/** A record of keys whose values start anew when its `mode` changes. */
export interface Modes {
  /** The mode without any change. */
  readonly initial: string;
  /** The mode whose values are listed as the defaults. */
  readonly standard: string;
  /** What each mode comes with where nothing else is said, the mode among it. */
  readonly defaults: Readonly<Record<string, Plain>>;
}

/** All that there is to know of a method's configuration keys. */
export interface ConfigurationSpace<C> {
  /** The first is the default. */
  readonly presets: readonly string[];
  /** What each preset is for, and about how long a training by it takes: a sentence. */
  readonly presetGuide: Readonly<Record<string, string>>;
  /** The fields by record, "" for the outermost, in the order of files and listings. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>>;
  /** The schema of a whole configuration: its keys, and what each of them may be. Files of all versions are read by it. */
  readonly schema: z.ZodType<C>;
  /** Refuses what values may not be to each other. Asked of what is to be trained by, not of what was: a model stays readable when a later version refuses its configuration. */
  check(configuration: C, refuse: Refuse): void;
  /** What holds where a preset says nothing. */
  readonly defaults: Plain;
  /** What each preset says of its own. */
  readonly changes: Readonly<Record<string, Plain>>;
  /** By record; other records with a `mode` start empty when it changes. */
  readonly modes?: Readonly<Record<string, Modes>>;
  /** The keys that are asked for most, with a few words for the help. */
  readonly common: Readonly<Record<string, string>>;
}

/** The member of nested records at a path; undefined where there is none. */
export const memberAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      // Of a record or a list by its key or position.
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
