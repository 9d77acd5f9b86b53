import { Tensor } from "@clidim/tensor";

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

/** What other libraries call options, without underscores and in lower case. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  alpha: ["decay"],
  axis: ["axes"],
  betas: ["beta1", "beta2"],
  dilations: ["dilation"],
  dropoutrate: ["dropout"],
  elementwiseaffine: ["affine"],
  embeddingdim: ["size"],
  eps: ["epsilon"],
  features: ["out"],
  filters: ["out"],
  gamma: ["factor"],
  kernelsize: ["kernel"],
  lr: ["learningRate"],
  negativeslope: ["slope"],
  normalizedshape: ["axes"],
  numembeddings: ["count"],
  numgroups: ["groups"],
  numheads: ["heads"],
  outchannels: ["out"],
  outfeatures: ["out"],
  padmode: ["paddingMode"],
  poolsize: ["kernel"],
  rho: ["decay"],
  scalefactor: ["scale"],
  size: ["kernel"],
  stepsize: ["every"],
  strides: ["stride"],
  tmax: ["steps"],
  units: ["out"],
  usebias: ["bias"],
};

/** A value that somebody passed, as messages show it. */
export const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (value instanceof Tensor) return String(value);
  if (Array.isArray(value)) return `[${value.map(show).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.keys(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `a ${value.constructor.name}`;
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
};

function namesFor(name: string, known: readonly string[]): readonly string[] {
  const plain = name.replaceAll("_", "").toLowerCase();
  const same = known.filter((option) => option.toLowerCase() === plain);
  return same.length > 0 ? same : (elsewhere[plain] ?? []).filter((option) => known.includes(option));
}

/**
 * Throws unless `options` is a record of options that `op` has, with values that they may have, and all that are required: from untyped
 * code, a name that PyTorch uses would otherwise leave the default in place without a word.
 */
export function expectOptions<O extends object>(op: string, options: O, accepts: AcceptedOptions<O>): void {
  // The members of a mapped type over an open O; each is an Accepted.
  const known = Object.entries(accepts as Readonly<Record<string, Accepted>>);
  const names = known.map(([name]) => name);
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given) || given instanceof Tensor) {
    const main = known.find(([name, option]) => option.required || name === "learningRate");
    const advice = main?.[1].test(given) ? `; write ${op}({ ${main[0]}: ${show(given)} })` : "";
    throw new Error(`${op}: expected options { ${names.join(", ")} }, got ${show(given)}${advice}`);
  }
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const here = namesFor(name, names);
    throw new Error(
      `${op}: there is no option "${name}"; ` +
        (here.length > 0 ? `it is called ${here.join(" and ")} here` : `options are ${names.join(", ")}`),
    );
  }
  const values = given as Readonly<Record<string, unknown>>;
  for (const [name, option] of known) {
    if (option.required || values[name] !== undefined) expectValue(op, name, values[name], option);
  }
}

/** Throws unless `value` is one that is accepted. */
export function expectValue(op: string, name: string, value: unknown, { text, test }: Accepted): void {
  if (!test(value)) throw new Error(`${op}: ${name} must be ${text}, got ${show(value)}`);
}
