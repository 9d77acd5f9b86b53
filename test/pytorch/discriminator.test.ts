import { valueAndGrad } from "@clidim/autograd";
import { type DiscriminatorTree, ganLoss, patchDiscriminator } from "@clidim/clidim";
import { importStateDict } from "@clidim/nn";
import { key, type Tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { executors, Fixture, relativeError, stateDict, toImage } from "./fixture.js";

const fixture = new Fixture("discriminator");
const network = patchDiscriminator({ ndf: 4 });

function judge() {
  const initial = network.init(key(0), [2, 128, 128, 2]);
  const { params } = importStateDict({ params: initial.params, stats: {} }, fixture.under("weight/"));
  const lossOf = (weights: DiscriminatorTree, x: Tensor) => {
    const { output } = network.apply({ params: weights, stats: initial.stats }, x, { train: true });
    return { loss: ganLoss(output, true), aux: output };
  };
  return valueAndGrad(lossOf, { argument: [0, 1] })(params, fixture.image("input"));
}

describe.each(executors)("discriminator against PyTorch: %s", (_name, execute) => {
  it("logits, loss, and the gradients of the input and of every weight", async () => {
    const { value, grads, aux } = judge();
    const gradients = stateDict({ params: grads[0] });
    const expected = fixture.under("grad/");
    expect([...Object.keys(gradients), "input"].toSorted()).toEqual(Object.keys(expected).toSorted());
    const [loss, logits, input, ...weights] = await execute([
      value,
      toImage(aux),
      toImage(grads[1]),
      ...Object.values(gradients),
    ]);
    expect(relativeError(loss!, fixture.host("loss").data)).toBeLessThan(1e-5);
    expect(relativeError(logits!, fixture.host("output").data)).toBeLessThan(1e-4);
    expect(relativeError(input!, expected.input!.data)).toBeLessThan(2e-4);
    for (const [i, name] of Object.keys(gradients).entries()) {
      expect(relativeError(weights[i]!, expected[name]!.data), name).toBeLessThan(2e-4);
    }
  });
});
