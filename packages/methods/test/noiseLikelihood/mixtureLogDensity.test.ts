import { grad } from "@clidim/autograd";
import { mixtureDensity, type NoiseMixture, poissonGaussianMixture } from "@clidim/imaging";
import { sum, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { distinct, normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mixtureLogDensity } from "../../src/noiseLikelihood/mixtureLogDensity.js";
import { betweenMixture, fixtureMixture, fixtureUnits } from "./fixtureNoise.js";

/** What is added to each density per grey value of a camera. */
const LEAST_DENSITY = 1e-10;

/** The mixture of the same images in other units, grey values being so many times as large. */
const inUnits = (
  { low, high, leastVariance, mean, logVariance, weight }: NoiseMixture,
  unit: number,
): NoiseMixture => ({
  low: low * unit,
  high: high * unit,
  leastVariance: leastVariance * unit ** 2,
  mean: mean.map((coefficients) => coefficients.map((c) => c * unit)),
  logVariance: logVariance.map((coefficients) => coefficients.map((c) => c + 2 * Math.log(unit))),
  weight,
});

const gaussian = poissonGaussianMixture({ gain: 2, offset: -150 }, { low: 90, high: 2000 });
const cases = [
  ["a mixture of two", fixtureMixture, fixtureUnits, [-1, -0.4, -0.1, 0.3, 0.5, 0.9], 0.4],
  ["Poisson-Gaussian noise", gaussian, { scale: 0.004, offset: -1.2 }, [80, 100, 400, 1999, 2500], 40],
] as const;

describe("mixtureLogDensity", () => {
  it.each(cases)(
    "%s: the density of the imaging package, in network values",
    (_, mixture, units, signals, step) => {
      const pairs = signals.flatMap((s) => [-3, -1, 0, 0.5, 2].map((k) => [s + k * step, s] as const));
      const network = (values: readonly number[]): Tensor =>
        tensor(values.map((value) => units.scale * value + units.offset));
      const found = interpret([
        mixtureLogDensity(mixture, units)(network(pairs.map(([x]) => x)), network(pairs.map(([, s]) => s))),
      ])[0]!;
      for (const [i, [x, s]] of pairs.entries()) {
        const expected = Math.log(mixtureDensity(mixture, x, s) + LEAST_DENSITY);
        expect(found[i], `${x} at ${s}`).toBeCloseTo(expected, 3);
      }
    },
  );

  it.each(cases)("%s: is finite, and has a finite gradient, far off", async (_, mixture, units) => {
    const logDensity = mixtureLogDensity(mixture, units);
    const far = [-1e6, -1e3, 0, 1e3, 1e6];
    const x = tensor(far.flatMap((value) => far.map(() => value)));
    const s = tensor(far.flatMap(() => far));
    const values = await logDensity(x, s).data();
    const gradient = await grad((signal: Tensor) => sum(logDensity(x, signal)))(s).data();
    for (const [i, value] of values.entries()) {
      expect(value).toBeGreaterThanOrEqual(Math.log(LEAST_DENSITY) - 1e-4);
      expect(Number.isFinite(value)).toBe(true);
      expect(Number.isFinite(gradient[i])).toBe(true);
    }
  });

  it.each(cases)(
    "%s: tells signals apart in any unit of grey values",
    async (_, mixture, units, signals, step) => {
      const large = { scale: units.scale / 1e9, offset: units.offset };
      const pairs = signals.flatMap((s) => [-3, -1, 0, 0.5, 2].map((k) => [s + k * step, s] as const));
      const network = (values: readonly number[]): Tensor =>
        tensor(values.map((value) => units.scale * value + units.offset));
      const [x, s] = [network(pairs.map(([x]) => x)), network(pairs.map(([, s]) => s))];
      const found = await mixtureLogDensity(inUnits(mixture, 1e9), large)(x, s).data();
      for (const [i, [observed, signal]] of pairs.entries()) {
        const density = mixtureDensity(mixture, observed, signal);
        // What is less than a millionth of the largest density is as good as nothing.
        if (density > 1e-4) {
          expect(found[i]! + Math.log(1e9), `${observed} at ${signal}`).toBeCloseTo(Math.log(density), 1);
        }
      }
      const far = await mixtureLogDensity(inUnits(mixture, 1e9), large)(tensor([1e6]), tensor([0])).data();
      expect(far[0]).toBeLessThan(Math.min(...found) + 1e-3);
    },
  );

  it("gradients in observations and signals, whose shapes are broadcast", () => {
    checkCases(
      fc.tuple(shapes(1), seeds).map(([shape, seed]) => ({
        name: "mixtureLogDensity",
        f: (x: Tensor, s: Tensor) => mixtureLogDensity(betweenMixture, fixtureUnits)(x, s),
        inputs: [normal([...shape, 1], seed), distinct([...shape, 3], seed + 1)],
      })),
      20,
    );
  });
});
