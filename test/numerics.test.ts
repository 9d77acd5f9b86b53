import {
  acos,
  asin,
  atan,
  cos,
  defaultDevice,
  digamma,
  erf,
  erfc,
  erfcx,
  erfinv,
  expm1,
  gammainc,
  gammaincc,
  gelu,
  i0e,
  i1e,
  j0,
  j1,
  k0e,
  k1e,
  lgamma,
  log1p,
  log2,
  logNdtr,
  ndtri,
  pow,
  sigmoid,
  silu,
  sin,
  softplus,
  type Tensor,
  tan,
  tanh,
  tensor,
  y0,
  y1,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";

const points = 20_001;

/** The largest |device - reference| / |reference|. */
async function largestRelativeError(
  f: (x: Tensor) => Tensor,
  [from, to]: readonly [number, number],
): Promise<number> {
  const x = Float32Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const [expected] = interpret([f(tensor(x))]);
  const actual = Array.from(await f(tensor(x)).data());
  return actual.reduce((worst, value, i) => {
    if (value === expected![i]) return worst;
    const error = Math.abs(value - expected![i]!) / Math.abs(expected![i]!);
    return Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }, 0);
}

/** The largest |device - reference| / (1 + |reference|) or, absolutely, |device - reference|. */
async function largestError(
  f: (x: Tensor) => Tensor,
  [from, to]: readonly [number, number],
  relative: boolean,
): Promise<number> {
  const x = Float32Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const [expected] = interpret([f(tensor(x))]);
  const actual = Array.from(await f(tensor(x)).data());
  return actual.reduce((worst, value, i) => {
    const error = Math.abs(value - expected![i]!) / (relative ? 1 + Math.abs(expected![i]!) : 1);
    return Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }, 0);
}

describe("the accuracy that docs/numerics.md states", () => {
  it.each([
    ["erf", erf, [-6, 6], 4e-7, false],
    ["tanh", tanh, [-100, 100], 2e-7, false],
    ["sigmoid", sigmoid, [-100, 100], 2e-7, false],
    ["gelu", gelu, [-8, 8], 1e-6, false],
    ["softplus", softplus, [-50, 50], 1e-7, true],
    ["log1p", log1p, [-0.9, 10], 4e-7, false],
    ["erfinv", erfinv, [-0.99999, 0.99999], 3e-7, true],
    ["lgamma", lgamma, [-20.03, 60], 2e-6, true],
    ["digamma", digamma, [-20.03, 60], 2e-6, true],
    ["i0e", i0e, [-85, 85], 3e-7, false],
    ["i1e", i1e, [-85, 85], 3e-7, false],
    ["sin", sin, [-1e6, 1e6], 1.5e-7, false],
    ["cos", cos, [-3e38, 3e38], 1.5e-7, false],
    ["j0", j0, [-200, 200], 3e-7, false],
    ["j1", j1, [-200, 200], 3e-7, false],
    ["y0", y0, [0.1, 200], 4e-7, true],
    ["y1", y1, [0.1, 200], 4e-7, true],
    ["k0e", k0e, [0.1, 200], 4e-7, true],
    ["k1e", k1e, [0.1, 200], 4e-7, true],
    ["gammainc", (x: Tensor) => gammainc(2.5, x), [0.01, 20], 2e-6, false],
    ["gammaincc", (x: Tensor) => gammaincc(300, x), [200, 400], 2e-6, false],
    ["logNdtr", logNdtr, [-30, 6], 3e-7, true],
    ["ndtri", ndtri, [1e-4, 0.9999], 3e-7, true],
  ] as const)("%s", async (_, f, range, limit, relative) => {
    // The rest is the driver's exp, log and tanh.
    const slack = (await defaultDevice()).traits.kind === "software" ? 1 : 30;
    expect(await largestError(f, range, relative)).toBeLessThan(slack * limit);
  });

  it.each([
    ["tanh near 0", tanh, [-1e-3, 1e-3], 1e-7],
    ["tanh", tanh, [-100, 100], 3e-7],
    ["sigmoid", sigmoid, [-20, 100], 1e-6],
    ["sigmoid far out", sigmoid, [-80, 0], 5e-6],
    ["silu", silu, [-20, 100], 1.2e-6],
    ["gelu", gelu, [-6, 8], 6e-6],
    ["gelu by tanh", (x: Tensor) => gelu(x, { approximate: "tanh" }), [-5, 8], 5e-6],
    ["erf near 0", erf, [-1e-3, 1e-3], 2e-7],
    ["erfc", erfc, [-6, 4], 3e-6],
    ["erfcx", erfcx, [-9, 12], 8e-6],
    ["expm1 near 0", expm1, [-1e-3, 1e-3], 1e-7],
    ["expm1", expm1, [-20, 20], 1.5e-6],
    ["log2", log2, [2, 1e6], 2e-7],
    ["tan", tan, [-1.5, 1.5], 1e-6],
    ["asin", asin, [-1, 1], 3e-7],
    ["acos", acos, [-1, 0.999], 3e-7],
    ["atan", atan, [-100, 100], 3e-7],
  ] as const)("%s, relative to the result", async (_, f, range, limit) => {
    const slack = (await defaultDevice()).traits.kind === "software" ? 1 : 30;
    expect(await largestRelativeError(f, range)).toBeLessThan(slack * limit);
  });

  it("takes the inverse of erf at its ends to large numbers of the right sign", async () => {
    const [high, low] = await erfinv(tensor([1, -1])).data();
    expect(high).toBeGreaterThan(5.5);
    expect(low).toBeLessThan(-5.5);
    expect([...interpret([erfinv(tensor([1, -1]))])[0]!]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("takes any number to the power 0", async () => {
    const powers = pow(tensor([0, 0, 2, 1e30]), tensor([0, 2, 0, 0]));
    expect([...(await powers.data())]).toEqual([1, 0, 1, 1]);
  });

  it("takes whole powers of negative numbers", async () => {
    expect([...(await pow(tensor([-2, -3]), 3).data())]).toEqual([-8, -27]);
    expect(await pow(tensor(-2), -2).item()).toBe(0.25);
  });

  it("finds NaN on the host", async () => {
    const x = tensor([1, Number.NaN]);
    expect((await x.data()).some(Number.isNaN)).toBe(true);
  });
});
