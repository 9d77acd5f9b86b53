/** An extent of the inputs that is not known before the model runs. */
export interface OpenExtent {
  /** As the file has it: "height". */
  readonly name: string;
  /** It is a multiple of this; default 1. */
  readonly multiple?: number;
  /** At least so much; default `multiple`. */
  readonly least?: number;
}

/** A whole number that may depend on an open extent: `numerator * open / denominator + plus`. A known one has no `open`. */
export interface Extent {
  readonly open?: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly plus: number;
}

export const known = (value: number): Extent => ({ numerator: 0, denominator: 1, plus: value });

export const isKnown = ({ open }: Extent): boolean => open === undefined;

export const sameExtent = (a: Extent, b: Extent): boolean =>
  a.open === b.open && a.numerator === b.numerator && a.denominator === b.denominator && a.plus === b.plus;

export const sameExtents = (a: readonly Extent[], b: readonly Extent[]): boolean =>
  a.length === b.length && a.every((extent, axis) => sameExtent(extent, b[axis]!));

/** "height/2 + 1" */
export function extentText({ open, numerator, denominator, plus }: Extent): string {
  if (open === undefined) return `${plus}`;
  const times = numerator === 1 ? "" : `${numerator} `;
  const over = denominator === 1 ? "" : `/${denominator}`;
  const more = plus === 0 ? "" : plus < 0 ? ` - ${-plus}` : ` + ${plus}`;
  return `${times}${open}${over}${more}`;
}

/** The values of each open extent for which a function is traced: the first of all in the first sample, and each one's further values in samples of their own. */
export interface Samples {
  readonly open: readonly OpenExtent[];
  /** One per sample: a value for each open extent. */
  readonly values: readonly (readonly number[])[];
}

/** How many samples each open extent has beside the first: two show whether a number follows it in a straight line. */
const FURTHER = 2;

/** Samples of open extents. All values are twice the multiple or more, as halved maps of one pixel would stretch, and no extent ever has a value of another's: what is the same for all sizes must not be mixed up with what is by chance. */
export function samplesOf(open: readonly OpenExtent[]): Samples {
  const first: number[] = [];
  let largest = 1;
  for (const { multiple = 1, least = multiple } of open) {
    const value = Math.ceil(Math.max(least, 2 * multiple, largest + 1) / multiple) * multiple;
    first.push(value);
    largest = value + FURTHER * multiple;
  }
  const further = open.flatMap(({ multiple = 1 }, i) =>
    Array.from({ length: FURTHER }, (_, k) => first.with(i, first[i]! + (k + 1) * multiple)),
  );
  return { open, values: [first, ...further] };
}

/** The extent that has these values in the samples; undefined where they follow no one open extent in a straight line. */
export function fitExtent({ open, values }: Samples, numbers: readonly number[]): Extent | undefined {
  const [first] = numbers;
  const depends = open.flatMap((_, i) => {
    const own = numbers.slice(1 + FURTHER * i, 1 + FURTHER * (i + 1));
    return own.every((value) => value === first || Object.is(value, first)) ? [] : [{ i, own }];
  });
  if (depends.length === 0) return known(first!);
  const [only] = depends;
  if (depends.length > 1) return undefined;
  const { i, own } = only!;
  const [near, far] = own;
  const rise = near! - first!;
  if (far! - near! !== rise) return undefined;
  const step = values[1 + FURTHER * i]![i]! - values[0]![i]!;
  const common = greatestCommonDivisor(rise, step);
  const [numerator, denominator] = [rise / common, step / common];
  const plus = first! - (numerator * values[0]![i]!) / denominator;
  return Number.isInteger(plus) ? { open: open[i]!.name, numerator, denominator, plus } : undefined;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);
