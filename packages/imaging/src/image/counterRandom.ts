/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * Encrypts the counter `(c0, c1)` under the key `(k0, k1)`; writes two uint32 to `out`.
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  const k2 = 0x1bd11bda ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const even = group % 2 === 0;
    x0 = (x0 + x1) | 0;
    x1 = even ? (x1 << 13) | (x1 >>> 19) : (x1 << 17) | (x1 >>> 15);
    x1 ^= x0;
    x0 = (x0 + x1) | 0;
    x1 = even ? (x1 << 15) | (x1 >>> 17) : (x1 << 29) | (x1 >>> 3);
    x1 ^= x0;
    x0 = (x0 + x1) | 0;
    x1 = even ? (x1 << 26) | (x1 >>> 6) : (x1 << 16) | (x1 >>> 16);
    x1 ^= x0;
    x0 = (x0 + x1) | 0;
    x1 = even ? (x1 << 6) | (x1 >>> 26) : (x1 << 24) | (x1 >>> 8);
    x1 ^= x0;
    // Key schedule k0, k1, k2 rotated by one per group: after group g, add k[g+1], k[g+2] and the group number.
    const g = group % 3;
    x0 = (x0 + (g === 0 ? k1 : g === 1 ? k2 : k0)) | 0;
    x1 = (x1 + (g === 0 ? k2 : g === 1 ? k0 : k1) + group + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}

/** Draws in a fixed order from one place of the counter space. */
export interface RandomStream {
  /** 32 uniform random bits as an unsigned integer. */
  bits(): number;
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform integer in [0, n), n up to 2^32; unbiased to 2^-32 n. */
  integer(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Poisson count of the given mean >= 0. */
  poisson(mean: number): number;
}

/**
 * The stream named by a seed and a path of non-negative integers, such as `(seed, update, sample)`.
 * There is no state to save: the same name gives the same draws, in any order and on any machine.
 * Each step of the path encrypts its index under the key so far.
 */
export function counterRandom(seed: number, ...path: readonly number[]): RandomStream {
  const block = new Uint32Array(2);
  let k0 = 0;
  let k1 = 0;
  for (const index of [seed, ...path]) {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new Error(
        `counterRandom: expected integers >= 0, got ${index} in (${[seed, ...path].join(", ")})`,
      );
    }
    threefry2x32(k0, k1, Math.floor(index / 2 ** 32), index | 0, block);
    k0 = block[0]!;
    k1 = block[1]!;
  }

  let counter = 0;
  let spare: number | undefined;
  const bits = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    threefry2x32(k0, k1, Math.floor(counter / 2 ** 32), counter | 0, block);
    counter++;
    spare = block[1]!;
    return block[0]!;
  };
  const uniform = (): number => bits() / 2 ** 32;
  let spareNormal: number | undefined;
  const normal = (): number => {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((bits() + 1) / 2 ** 32));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };

  return {
    bits,
    uniform,
    integer: (n) => Math.floor(uniform() * n),
    normal,
    poisson: (mean) => (mean < 10 ? poissonByInversion(mean, uniform) : poissonByRejection(mean, uniform)),
  };
}

/** Sequential search of the cumulative distribution. */
function poissonByInversion(mean: number, uniform: () => number): number {
  let u = uniform();
  let p = Math.exp(-mean);
  let k = 0;
  // Past 100 (mean < 10) the terms vanish in float64; the bound only stops a rounding remainder.
  while (u > p && k < 100) {
    u -= p;
    k++;
    p *= mean / k;
  }
  return k;
}

/** PTRS, transformed rejection with squeeze (Hoermann, "The transformed rejection method for generating Poisson random variables", 1993). */
function poissonByRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logFactorial(k))
      return k;
  }
}

/** ln k!, Stirling's series to 1/k^5 for k >= 10 (error below 1e-10). */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const r = 1 / (k * k);
  return (k + 0.5) * Math.log(k) - k + 0.9189385332046727 + (1 / 12 - (1 / 360 - r / 1260) * r) / k;
}
