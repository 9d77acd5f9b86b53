import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { erf } from "../src/primitives/erf.js";

const n = 6000;
const k = T.key(11);

/**
 * Kolmogorov's statistic, the largest distance of the distribution functions times sqrt(n), which is above 1.95 once in a thousand draws. Keys are fixed, so that a failure is no
 * accident.
 */
function distance(draws: readonly number[], cdf: (x: number) => number): number {
  const sorted = draws.toSorted((a, b) => a - b);
  const apart = sorted.map((x, i) => Math.max(cdf(x) - i / sorted.length, (i + 1) / sorted.length - cdf(x)));
  return Math.max(...apart) * Math.sqrt(sorted.length);
}

/** The same of counts, at which both functions step. */
function distanceOfCounts(draws: readonly number[], probability: (count: number) => number): number {
  let [cdf, apart, below] = [0, 0, 0];
  const sorted = draws.toSorted((a, b) => a - b);
  for (let count = 0; count <= sorted.at(-1)!; count++) {
    cdf += probability(count);
    while (sorted[below]! <= count) below++;
    apart = Math.max(apart, Math.abs(cdf - below / sorted.length));
  }
  return apart * Math.sqrt(sorted.length);
}

/** Pearson's statistic of the frequencies of whole numbers. */
const chiSquare = (draws: readonly number[], p: readonly number[]): number =>
  p.reduce((total, share, i) => {
    const wanted = share * draws.length;
    return total + (draws.filter((x) => x === i).length - wanted) ** 2 / wanted;
  }, 0);

/** log Gamma(x) by Stirling's series above 10. */
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}

/** The distribution function of gamma numbers, by its series: e^-x x^a (1 / a + x / (a (a + 1)) + ...) / Gamma(a). */
function gammaCdf(a: number, x: number): number {
  let [term, sum] = [1 / a, 1 / a];
  for (let i = 1; term > 1e-16 * sum; i++) {
    term *= x / (a + i);
    sum += term;
  }
  return x === 0 ? 0 : sum * Math.exp(a * Math.log(x) - x - logGamma(a));
}

const phi = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

describe("the laws of", () => {
  it.each([
    ["exponential", T.exponential, (x: number) => 1 - Math.exp(-x)],
    ["gumbel", T.gumbel, (x: number) => Math.exp(-Math.exp(-x))],
    ["laplace", T.laplace, (x: number) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)],
    ["logistic", T.logistic, (x: number) => 1 / (1 + Math.exp(-x))],
    ["cauchy", T.cauchy, (x: number) => 0.5 + Math.atan(x) / Math.PI],
  ] as const)("%s", (_, draw, cdf) => {
    const draws = valuesOf(draw(k, [n]));
    expect(draws.every(Number.isFinite)).toBe(true);
    expect(distance(draws, cdf)).toBeLessThan(1.95);
    // The other half of the words, another key.
    expect(distance(valuesOf(draw(T.key(12), [n])), cdf)).toBeLessThan(1.95);
  });

  it("truncatedNormal, whose bounds hold", () => {
    const draws = valuesOf(T.truncatedNormal(k, -1, 2.5, [n]));
    const [low, high] = [phi(-1), phi(2.5)];
    expect(distance(draws, (x) => (phi(x) - low) / (high - low))).toBeLessThan(1.95);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...draws)).toBeLessThanOrEqual(2.5);
    const [beyond] = valuesOf(T.truncatedNormal(k, 7, Number.POSITIVE_INFINITY, [1]));
    expect(beyond).toBe(7);
    expect(distance(valuesOf(T.truncatedNormal(k, -Infinity, Infinity, [n])), phi)).toBeLessThan(1.95);
  });

  it.each([0.3, 1, 2.5, 60])("gamma of shape %d", (a) => {
    expect(distance(valuesOf(T.gamma(k, a, [n])), (x) => gammaCdf(a, x))).toBeLessThan(1.95);
  });

  it("gamma of a large shape: its mean and its variance", () => {
    const a = 1e6;
    const draws = valuesOf(T.gamma(k, a, [n])).map((x) => (x - a) / Math.sqrt(a));
    const mean = draws.reduce((sum, x) => sum + x, 0) / n;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it("beta and dirichlet", () => {
    // x^a has this law where b is 1, and 1 - (1 - x)^b where a is 1.
    expect(distance(valuesOf(T.beta(k, 0.5, 1, [n])), (x) => x ** 0.5)).toBeLessThan(1.95);
    expect(distance(valuesOf(T.beta(k, 1, 4, [n])), (x) => 1 - (1 - x) ** 4)).toBeLessThan(1.95);
    const draws = valuesOf(T.dirichlet(k, T.tensor([1, 0.5, 2.5]), [n]));
    const row = (i: number): readonly number[] => draws.slice(3 * i, 3 * i + 3);
    for (let i = 0; i < n; i++) expect(Math.abs(row(i).reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
    expect(
      distance(
        Array.from({ length: n }, (_, i) => row(i)[0]!),
        (x) => 1 - (1 - x) ** 3,
      ),
    ).toBeLessThan(1.95);
  });

  it.each([0.5, 9.9, 10, 300])("poisson of rate %d", (rate) => {
    const law = (count: number): number => Math.exp(count * Math.log(rate) - rate - logGamma(count + 1));
    expect(distanceOfCounts(valuesOf(T.poisson(k, rate, [n])), law)).toBeLessThan(1.95);
  });

  it("poisson of a large rate: its mean and its variance", () => {
    const rate = 1e7;
    const draws = valuesOf(T.poisson(k, rate, [n])).map((x) => (x - rate) / Math.sqrt(rate));
    const mean = draws.reduce((sum, x) => sum + x, 0) / n;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it.each([
    [20, 0.3],
    [1000, 0.004],
    [19, 0.95],
    [50, 0.5],
    [1000, 0.02],
    [500, 0.9],
  ])("binomial of %d trials with probability %d", (trials, p) => {
    const law = (count: number): number =>
      Math.exp(
        logGamma(trials + 1) -
          logGamma(count + 1) -
          logGamma(trials - count + 1) +
          count * Math.log(p) +
          (trials - count) * Math.log(1 - p),
      );
    const draws = valuesOf(T.binomial(k, trials, p, [n]));
    expect(Math.max(...draws)).toBeLessThanOrEqual(trials);
    expect(distanceOfCounts(draws, law)).toBeLessThan(1.95);
  });

  it("binomial of many trials: its mean and its variance", () => {
    const [trials, p] = [1e7, 0.3];
    const draws = valuesOf(T.binomial(k, trials, p, [n])).map(
      (x) => (x - trials * p) / Math.sqrt(trials * p * (1 - p)),
    );
    const mean = draws.reduce((sum, x) => sum + x, 0) / n;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it("categorical and choice", () => {
    const p = [0.1, 0.2, 0.3, 0.4];
    // Of 3 degrees of freedom, above 16.3 once in a thousand draws.
    expect(chiSquare(valuesOf(T.categorical(k, T.log(T.tensor(p)), { shape: [n] })), p)).toBeLessThan(16.3);
    const weighted = T.choice(T.key(2), 4, [n], { p: T.tensor([1, 2, 3, 4]) });
    expect(chiSquare(valuesOf(weighted), p)).toBeLessThan(16.3);
    expect(chiSquare(valuesOf(T.choice(k, 4, [n])), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(16.3);
    // The first of two without replacement has the probabilities, the second those of what is left.
    const pairs = Array.from({ length: 1500 }, (_, i) =>
      T.choice(T.foldIn(k, i), 3, [2], { replace: false, p: T.tensor([0.2, 0.3, 0.5]) }),
    );
    const drawn = interpret([T.stack(pairs, 0)])[0]!;
    const order = pairs.map((_, i) => 3 * drawn[2 * i]! + drawn[2 * i + 1]!);
    const shares = [0, 0.2 * (3 / 8), 0.2 * (5 / 8), 0.3 * (2 / 7), 0, 0.3 * (5 / 7), 0.5 * 0.4, 0.5 * 0.6];
    const possible = [1, 2, 3, 5, 6, 7];
    expect(order.every((pair) => possible.includes(pair))).toBe(true);
    // Of 5 degrees of freedom.
    const found = order.map((pair) => possible.indexOf(pair));
    expect(
      chiSquare(
        found,
        possible.map((pair) => shares[pair]!),
      ),
    ).toBeLessThan(20.5);
  });
});

describe("draws", () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

  it("have the parameters' edges", () => {
    expect(valuesOf(T.gamma(k, T.tensor([0, infinity, nan, -1, -0.3]), [5]))).toEqual([
      0,
      infinity,
      nan,
      nan,
      nan,
    ]);
    expect(valuesOf(T.poisson(k, T.tensor([0, infinity, nan, -1, 1e-9]), [5]))).toEqual([
      0,
      2 ** 31 - 1,
      -1,
      -1,
      0,
    ]);
    const trials = T.tensor([0, 7, 7, 100, -1, infinity, nan, 7, 7]);
    const chance = T.tensor([0.5, 0, 1, 1, 0.5, 0.5, 0.5, 1.5, nan]);
    expect(valuesOf(T.binomial(k, trials, chance, [9]))).toEqual([0, 0, 7, 100, -1, -1, -1, -1, -1]);
    expect(valuesOf(T.beta(k, T.tensor([0, infinity]), 1, [2]))).toEqual([0, 1]);
    expect(valuesOf(T.beta(k, T.tensor([0, infinity]), T.tensor([0, infinity]), [2]))).toEqual([nan, nan]);
    expect(valuesOf(T.categorical(k, T.tensor([-infinity, 0, -infinity]), { shape: [50] }))).toEqual(
      Array(50).fill(1),
    );
  });

  it("multivariateNormal has the mean and the covariance that it is given", () => {
    const mean = [1, -2, 0.5];
    const covariance = [
      [2, 0.6, -0.3],
      [0.6, 1, 0.4],
      [-0.3, 0.4, 0.5],
    ];
    const draws = valuesOf(T.multivariateNormal(k, T.tensor(mean), T.tensor(covariance), [n]));
    const part = (i: number, draw: number): number => draws[3 * draw + i]! - mean[i]!;
    const over = (f: (draw: number) => number): number =>
      Array.from({ length: n }, (_, draw) => f(draw)).reduce((sum, value) => sum + value / n, 0);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(over((draw) => part(i, draw)))).toBeLessThan(4 * Math.sqrt(covariance[i]![i]! / n));
      for (let j = 0; j < 3; j++) {
        const found = over((draw) => part(i, draw) * part(j, draw));
        const deviation = Math.sqrt((covariance[i]![i]! * covariance[j]![j]! + covariance[i]![j]! ** 2) / n);
        expect(Math.abs(found - covariance[i]![j]!)).toBeLessThan(4 * deviation);
      }
    }
    expect(T.multivariateNormal(k, T.zeros([4, 1, 2]), T.eye(2)).shape).toEqual([4, 1, 2]);
    expect(T.multivariateNormal(k, T.zeros([2]), T.broadcastTo(T.eye(2), [5, 2, 2])).shape).toEqual([5, 2]);
    expect(() => T.multivariateNormal(k, T.zeros([3]), T.eye(2))).toThrow(
      "multivariateNormal: expected a mean [...,n] and a covariance [...,n,n], got f32 [3] and f32 [2,2]",
    );
    expect(() => T.multivariateNormal(k, T.zeros([4, 2]), T.eye(2), [])).toThrow(
      "give the shape of all draws",
    );
  });

  it("have the shape that is asked for, to which parameters broadcast", () => {
    expect(T.gamma(k, T.ones([3, 1]), [2, 3, 4]).shape).toEqual([2, 3, 4]);
    expect(T.poisson(k, 3, []).shape).toEqual([]);
    expect(T.dirichlet(k, T.ones([2, 5])).shape).toEqual([2, 5]);
    expect(T.categorical(k, T.ones([4, 2, 3]), { axis: 0 }).shape).toEqual([2, 3]);
    expect(T.categorical(k, T.ones([4, 2, 3]), { axis: -2, shape: [7, 4, 3] }).shape).toEqual([7, 4, 3]);
    expect(T.choice(k, T.ones([5, 2]), [3, 3]).shape).toEqual([3, 3, 2]);
    expect(T.choice(k, T.ones([5, 2]), [], { axis: 1 }).shape).toEqual([5]);
    expect(T.choice(k, T.zeros([0, 3]), [0]).shape).toEqual([0, 3]);
    const half = T.cast(T.ones([2, 3]), "f16");
    expect(T.categorical(k, half).shape).toEqual([2]);
    expect(T.dirichlet(k, half)).toMatchObject({ shape: [2, 3], dtype: "f32" });
    const rows = T.permutation(
      k,
      T.tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    expect(valuesOf(rows).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(valuesOf(T.permutation(k, T.tensor([[1, 2, 3]]), 1)).toSorted()).toEqual([1, 2, 3]);
  });

  it("say what is wrong", () => {
    expect(() => T.gamma(k, T.ones([3]), [2])).toThrow("gamma");
    // Three numbers of one draw.
    for (const draw of [
      () => T.gamma(k, T.ones([3]), []),
      () => T.beta(k, 1, T.ones([3]), [1]),
      () => T.dirichlet(k, T.ones([2, 5]), []),
      () => T.poisson(k, T.ones([3]), []),
      () => T.truncatedNormal(k, T.zeros([3]), 1, []),
      () => T.binomial(k, 5, T.full([3], 0.5), []),
      () => T.bernoulli(k, T.full([3], 0.5), [1]),
    ]) {
      expect(draw).toThrow(/expected parameters that broadcast to shape .*; give the shape of all draws/);
    }
    expect(() => T.categorical(k, T.ones([2, 3]), { shape: [5] })).toThrow("categorical: ");
    expect(() => T.choice(k, 3, [4], { replace: false })).toThrow(
      "choice: [4] takes 4 elements of 3; draw fewer, or with { replace: true }",
    );
    expect(() => T.choice(k, 3, [4], { p: T.ones([2]) })).toThrow("choice: p must be [3], a probability per");
    expect(() => T.laplace(T.ones([2]), [4])).toThrow("laplace: expected a key (u32 [2]), got f32 [2]");
  });

  it("are the interpreter's on the device", async () => {
    const build = (): T.Tensor[] => [
      T.gumbel(k, [64]),
      T.laplace(k, [64]),
      T.logistic(k, [64]),
      T.truncatedNormal(k, -1, 2, [64]),
      T.gamma(k, 2.5, [64]),
      T.gamma(k, 0.4, [64]),
      T.beta(k, 2, 3, [64]),
    ];
    const counts = [
      T.poisson(k, 4, [64]),
      T.poisson(k, 40, [64]),
      T.binomial(k, 100, T.tensor([0.02, 0.4]), [32, 2]),
      T.categorical(k, T.ones([8]), { shape: [64] }),
    ];
    const outputs = [...build(), ...counts];
    const expected = interpret(outputs);
    await T.evaluate(outputs);
    for (const [i, output] of outputs.entries()) {
      const actual = await output.data();
      expected[i]!.forEach((value, j) => {
        expect(Math.abs(actual[j]! - value), `${i}`).toBeLessThanOrEqual(2e-5 * (1 + Math.abs(value)));
      });
    }
  });
});
