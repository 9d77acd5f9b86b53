import {
  defaultDevice,
  erf,
  erfinv,
  gelu,
  log1p,
  pow,
  sigmoid,
  softplus,
  type Tensor,
  tanh,
  tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";

const points = 20_001;

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
  ] as const)("%s", async (_, f, range, limit, relative) => {
    // The rest is the driver's exp, log and tanh.
    const slack = (await defaultDevice()).traits.kind === "software" ? 1 : 30;
    expect(await largestError(f, range, relative)).toBeLessThan(slack * limit);
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
