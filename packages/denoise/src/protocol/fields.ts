import { z } from "zod";

/** What a value of the configuration may be, for messages, listings and command-line flags. */
export type FieldKind = "whole number" | "number" | "choice" | "switch" | "list";

/** What is known of a field of the schema beside its type. */
export interface FieldFacts {
  readonly kind: FieldKind;
  /** In words: "a whole number from 1 to 512". */
  readonly allowed: string;
  /** What it means, in a sentence. */
  readonly description: string;
}

const facts = new WeakMap<z.ZodType, FieldFacts>();

/** The facts of a field made here; undefined for any other schema. */
export const factsOf = (schema: z.ZodType): FieldFacts | undefined => facts.get(schema);

function field<T>(schema: z.ZodType<T>, known: FieldFacts): z.ZodType<T> {
  facts.set(schema, known);
  return schema;
}

// The messages say what is allowed; whoever reports an issue puts the key and the value in front.

/** A field of whole numbers from `low` to `high`, both included. */
export function whole(low: number, high: number, description: string): z.ZodType<number> {
  const error = `a whole number from ${low} to ${high}`;
  const schema = z.number({ error }).int({ error }).min(low, { error }).max(high, { error });
  return field(schema, { kind: "whole number", allowed: error, description });
}

/** A field of numbers from `low` to `high`, both included. */
export function real(low: number, high: number, description: string): z.ZodType<number> {
  const error = `a number from ${low} to ${high}`;
  const schema = z.number({ error }).min(low, { error }).max(high, { error });
  return field(schema, { kind: "number", allowed: error, description });
}

/** A field of odd numbers from `low` to `high`, both odd. */
export function odd(low: number, high: number, description: string): z.ZodType<number> {
  const error = `an odd number from ${low} to ${high}`;
  const numbers = Array.from({ length: (high - low) / 2 + 1 }, (_, i) => low + 2 * i);
  return field(z.literal(numbers, { error }), { kind: "whole number", allowed: error, description });
}

/** A field of one of these whole numbers. */
export function oneOfNumbers<const T extends readonly number[]>(
  numbers: T,
  description: string,
): z.ZodType<T[number]> {
  const error = numbers.join(", ");
  return field(z.literal([...numbers], { error }), { kind: "whole number", allowed: error, description });
}

/** A field of one of these names. */
export function oneOf<const T extends readonly string[]>(
  names: T,
  description: string,
): z.ZodType<T[number]> {
  const error = names.join(", ");
  return field(z.enum(names, { error }), { kind: "choice", allowed: error, description });
}

/** A field of names as methods have them, "none" among them; `of`: what they name. */
export function nameOrNone(of: string, description: string): z.ZodType<string> {
  const error = `none, or the name of ${of}`;
  const schema = z.string({ error }).regex(/^[a-z0-9][a-z0-9-]*$/, { error });
  return field(schema, { kind: "choice", allowed: error, description });
}

/** A field of true or false. */
export function onOff(description: string): z.ZodType<boolean> {
  const error = "true, false";
  return field(z.boolean({ error }), { kind: "switch", allowed: error, description });
}

/** A field of lists of these names, in any order; an empty list is one. */
export function listOf<const T extends readonly string[]>(
  names: T,
  description: string,
): z.ZodType<readonly T[number][]> {
  const error = `a list of ${names.join(", ")}`;
  const schema = z.array(z.enum(names, { error }), { error });
  return field(schema, { kind: "list", allowed: error, description });
}

/** A record with exactly these members. */
export const record = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> =>
  z.strictObject(shape, { error: ({ code }) => (code === "invalid_type" ? "a record" : undefined) });
