import { valueAndGrad } from "@clidim/autograd";
import { type GeneratorTree, l1Loss, pix2pixGenerator } from "@clidim/clidim";
import { importStateDict } from "@clidim/nn";
import { key } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { executors, Fixture, relativeError, stateDict, toImage } from "./fixture.js";

const fixture = new Fixture("generator");
const network = pix2pixGenerator({ downs: 7, ngf: 4, dropout: 0 });
const [noisy, clean] = [fixture.image("noisy"), fixture.image("clean")];

function train() {
  const initial = network.init(key(0), [2, 128, 128, 1]);
  const { params } = importStateDict({ params: initial.params, stats: {} }, fixture.under("weight/"));
  const lossOf = (weights: GeneratorTree) => {
    const { output, stats } = network.apply({ params: weights, stats: initial.stats }, noisy, {
      train: true,
    });
    return { loss: l1Loss(output, clean), aux: { output, stats } };
  };
  const { value, grads, aux } = valueAndGrad(lossOf)(params);
  const after = network.apply({ params, stats: aux.stats }, noisy, { train: false });
  return { value, grads, ...aux, after: after.output };
}

describe.each(executors)("generator against PyTorch: %s", (_name, execute) => {
  it("output, loss, and the output by running statistics", async () => {
    const { value, output, after } = train();
    const [loss, inTraining, inUse] = await execute([value, toImage(output), toImage(after)]);
    expect(relativeError(loss!, fixture.host("loss").data)).toBeLessThan(1e-5);
    expect(relativeError(inTraining!, fixture.host("output_train").data)).toBeLessThan(1e-4);
    expect(relativeError(inUse!, fixture.host("output_eval_after").data)).toBeLessThan(1e-4);
  });

  it("the gradient of every weight", async () => {
    const gradients = stateDict({ params: train().grads });
    const expected = fixture.under("grad/");
    expect(Object.keys(gradients).toSorted()).toEqual(Object.keys(expected).toSorted());
    const names = Object.keys(gradients);
    const values = await execute(Object.values(gradients));
    for (const [i, name] of names.entries()) {
      expect(relativeError(values[i]!, expected[name]!.data), name).toBeLessThan(2e-4);
    }
  });

  it("running statistics", async () => {
    const statistics = stateDict({ stats: train().stats });
    const expected = fixture.under("after/");
    expect(Object.keys(statistics).toSorted()).toEqual(Object.keys(expected).toSorted());
    const values = await execute(Object.values(statistics));
    for (const [i, name] of Object.keys(statistics).entries()) {
      expect(relativeError(values[i]!, expected[name]!.data), name).toBeLessThan(1e-4);
    }
  });
});
