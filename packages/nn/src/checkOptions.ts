import { Tensor } from "@clidim/tensor";
import { expectOptions, show } from "@clidim/tensor/expect";

/** What an option may be, in words and as a test. */
export interface Accepted {
  readonly text: string;
  readonly test: (value: unknown) => boolean;
  readonly required: boolean;
}

/** An option without a default. */
export type RequiredOption = Accepted & { readonly required: true };

/** What each option of `O` may be; those that `O` requires are required here. */
export type AcceptedOptions<O> = {
  readonly [K in keyof O]-?: Record<never, never> extends Pick<O, K> ? Accepted : RequiredOption;
};

/** An option by its words and its test. */
export const accepted = (text: string, test: (value: unknown) => boolean): Accepted => ({
  text,
  test,
  required: false,
});

const isNumber = (value: unknown): value is number => typeof value === "number";

const isPair = (value: unknown, test: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(test);

export const required = (option: Accepted): RequiredOption => ({ ...option, required: true });

/** A whole number. */
export const wholeFrom = (least: number): Accepted =>
  accepted(
    `a whole number of at least ${least}`,
    (value) => isNumber(value) && Number.isInteger(value) && value >= least,
  );

export const integer: Accepted = accepted("a whole number", Number.isInteger);

/** One whole number for both directions, or two. */
export const pairFrom = (least: number): Accepted => {
  const { text, test } = wholeFrom(least);
  return accepted(`${text}, or a pair of them`, (value) => test(value) || isPair(value, test));
};

/** One whole number for all of three directions, or three. */
export const tripleFrom = (least: number): Accepted => {
  const { text, test } = wholeFrom(least);
  return accepted(
    `${text}, or three of them`,
    (value) => test(value) || (Array.isArray(value) && value.length === 3 && value.every(test)),
  );
};

/** A number, or one for each end. */
export const endsFrom = (least: number): Accepted => {
  const { text, test } = wholeFrom(least);
  return accepted(`${text}, or [before, after]`, (value) => test(value) || isPair(value, test));
};

/** One whole number, or an array of one. */
export const lengthFrom = (least: number): Accepted => {
  const { text, test } = wholeFrom(least);
  return accepted(
    text,
    (value) => test(value) || (Array.isArray(value) && value.length === 1 && value.every(test)),
  );
};

/** A pair, or a pair of pairs. */
export const sidesFrom = (least: number): Accepted => {
  const { text, test } = wholeFrom(least);
  return accepted(
    `${text}, a pair of them, or [[top, bottom], [left, right]]`,
    (value) => test(value) || isPair(value, (entry) => test(entry) || isPair(entry, test)),
  );
};

export const finite: Accepted = accepted(
  "a finite number",
  (value) => isNumber(value) && Number.isFinite(value),
);

export const atLeastZero: Accepted = accepted(
  "a finite number of at least 0",
  (value) => isNumber(value) && Number.isFinite(value) && value >= 0,
);

export const aboveZero: Accepted = accepted(
  "a finite number above 0",
  (value) => isNumber(value) && Number.isFinite(value) && value > 0,
);

/** A probability, or a share. */
export const fraction: Accepted = accepted(
  "a number from 0 to 1",
  (value) => isNumber(value) && value >= 0 && value <= 1,
);

/** The share of an average that a step keeps. */
export const decayRate: Accepted = accepted(
  "a number of at least 0 and below 1",
  (value) => isNumber(value) && value >= 0 && value < 1,
);

export const flag: Accepted = accepted("true or false", (value) => typeof value === "boolean");

export const callable = (what: string): Accepted => accepted(what, (value) => typeof value === "function");

export const initializer: Accepted = callable("an initialiser, such as initializers.zeros");

export const oneOf = (...choices: readonly string[]): Accepted =>
  accepted(
    choices
      .map((choice) => `"${choice}"`)
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1"),
    (value) => choices.some((choice) => choice === value),
  );

export const tensorOption: Accepted = accepted("a tensor", (value) => value instanceof Tensor);

export const either = (a: Accepted, b: Accepted): Accepted =>
  accepted(`${a.text} or ${b.text}`, (value) => a.test(value) || b.test(value));

/**
 * Throws unless `options` is a record of options that `op` has, with values that they may have, and all that are required: from untyped
 * code, a name that PyTorch uses would otherwise leave the default in place without a word.
 */
export function checkOptions<O extends object>(op: string, options: O, accepts: AcceptedOptions<O>): void {
  // The members of a mapped type over an open O; each is an Accepted.
  const known = Object.entries(accepts as Readonly<Record<string, Accepted>>);
  const main = known.find(([name, option]) => option.required || name === "learningRate");
  const example = main?.[1].test(options) ? `${op}({ ${main[0]}: ${show(options)} })` : undefined;
  const names = known.map(([name]) => name);
  expectOptions(op, options, names, example);
  const values = options as Readonly<Record<string, unknown>>; // a record, as has just been checked
  for (const [name, option] of known) {
    if (option.required || values[name] !== undefined) checkValue(op, name, values[name], option);
  }
}

/** Throws unless `value` is one that is accepted. */
export function checkValue(op: string, name: string, value: unknown, { text, test }: Accepted): void {
  if (!test(value)) throw new Error(`${op}: ${name} must be ${text}, got ${show(value)}`);
}
