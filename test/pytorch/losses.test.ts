import { grad } from "@clidim/autograd";
import { dssim, totalVariation } from "@clidim/clidim";
import { add, mul, type Tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { executors, Fixture, relativeError, toImage } from "./fixture.js";

const fixture = new Fixture("losses");
const target = fixture.image("target");
const toUnit = (x: Tensor) => mul(add(x, 1), 0.5);

const losses: Record<string, (prediction: Tensor) => Tensor> = {
  dssim5: (prediction) => dssim(toUnit(target), toUnit(prediction), { window: 5 }),
  dssim11: (prediction) => dssim(toUnit(target), toUnit(prediction), { window: 11 }),
  tv: (prediction) => totalVariation(prediction),
};

describe.each(executors)("losses against PyTorch: %s", (_name, execute) => {
  it.each(Object.entries(losses))("%s and its gradient", async (name, loss) => {
    const prediction = fixture.image("prediction");
    const [value, gradient] = await execute([loss(prediction), toImage(grad(loss)(prediction))]);
    expect(relativeError(value!, fixture.host(name).data)).toBeLessThan(1e-5);
    // PyTorch computed the moments in float32, where variances are small differences.
    expect(relativeError(gradient!, fixture.host(`grad/${name}`).data)).toBeLessThan(3e-4);
  });
});
