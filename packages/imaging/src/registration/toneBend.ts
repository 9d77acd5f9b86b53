/** How far the relation between the grey values of two pages is from a line. */
export interface ToneBend {
  /**
   * The quadratic part of the relation, over the deviation of the noisy values: 0 for a line; 0.26 where the clean page is the square root of a uniform truth. Positive where the clean page shows dark
   * parts too bright, as gamma, logarithm and clipping do, negative where it shows them too dark, or the noisy page is clipped.
   */
  readonly bend: number;
  /** Its standard error. */
  readonly error: number;
}

/** The range of the clean page is divided into so many parts. */
const PARTS = 16;

/** Of these, so many have to have pixels enough. */
const FEWEST_PARTS = 4;

/** A part has pixels enough where it has so many grains of noise. */
const FEWEST_GRAINS = 4;

/**
 * The bend of the means of noisy grey values over parts of equal width of the range of clean ones, each part counted once, as most pixels of a microscope image are background. Both pages are smoothed, so that
 * noise is one over an area of `grain` pixels; noise of the values that are averaged does not bend the relation. Undefined where the clean page has too few grey values.
 */
export function toneBend(
  clean: ArrayLike<number>,
  noisy: ArrayLike<number>,
  { low, high, grain }: { readonly low: number; readonly high: number; readonly grain: number },
): ToneBend | undefined {
  const parts = Array.from({ length: PARTS }, () => ({ count: 0, x: 0, y: 0, yy: 0 }));
  for (let i = 0; i < clean.length; i++) {
    const part = parts[Math.floor(((clean[i]! - low) / (high - low)) * PARTS)];
    if (!part) continue;
    part.count++;
    part.x += clean[i]! - low;
    part.y += noisy[i]!;
    part.yy += noisy[i]! ** 2;
  }
  const means = parts
    .filter(({ count }) => count >= FEWEST_GRAINS * grain)
    .map(({ count, x, y, yy }) => {
      const mean = y / count;
      return { x: x / count, y: mean, variance: (Math.max(0, yy / count - mean ** 2) * grain) / count };
    });
  if (means.length < FEWEST_PARTS) return undefined;
  // Legendre polynomials of these places: the quadratic one is orthogonal to lines.
  const linear = unit(centred(means.map(({ x }) => x)));
  const square = centred(linear.map((x) => x * x));
  const along = inner(square, linear);
  const quadratic = unit(square.map((value, i) => value - along * linear[i]!));
  const values = centred(means.map(({ y }) => y));
  const length = Math.sqrt(inner(values, values));
  if (!(length > 0)) return undefined;
  const variance = means.reduce((sum, one, i) => sum + quadratic[i]! ** 2 * one.variance, 0);
  return { bend: inner(values, quadratic) / length, error: Math.sqrt(variance) / length };
}

const inner = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return values.map((value) => value - mean);
}

function unit(values: readonly number[]): number[] {
  const length = Math.sqrt(inner(values, values));
  return values.map((value) => value / length);
}
