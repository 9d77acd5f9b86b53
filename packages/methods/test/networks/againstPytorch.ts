import { valueAndGrad } from "@clidim/autograd";
import { exportStateDict, importStateDict, type Layer } from "@clidim/nn";
import { key, mul, reshape, sizeOf, stack, sum, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { expect } from "vitest";
import type { NetworkTree, NetworkVariables } from "../../src/networks/networkTree.js";
import reference from "./pytorch.json" with { type: "json" };

const shape = [2, 8, 12, 1] as const;
const wave = (f: (i: number) => number): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => f(i)),
    { shape, dtype: "f32" },
  );

/** The images of the fixture: noisy ones and targets. */
export const fixtureImages = (): { readonly x: Tensor; readonly target: Tensor } => ({
  x: wave((i) => Math.sin(0.9 * i ** 1.3)),
  target: wave((i) => 0.5 * Math.cos(i)),
});

/** A tensor along a direction that both sides can make. */
export function projected(values: Tensor): Tensor {
  const flat = reshape(values, [-1]);
  return sum(mul(flat, tensor(Array.from({ length: flat.shape[0]! }, (_, i) => Math.sin(i)))));
}

/** The weights of `pytorchFixture.py`, in PyTorch's layout and in the order of the names; the larger the gain, the larger they are. */
export function filled(variables: NetworkVariables, gain = 2): NetworkVariables {
  const tensors = Object.entries(exportStateDict(variables)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const values = tensors.map(([name, given], t) => {
    // Norms start as they do.
    if (name.includes(".norm")) return [name, given] as const;
    const { shape: own } = given;
    const scale = name.endsWith("weight") ? gain / Math.sqrt(sizeOf(own.slice(1))) : 0.1;
    const data = Array.from(
      { length: sizeOf(own) },
      (_, i) => scale * Math.sin(1 + 0.7 * i + 0.013 * i ** 2 + 1.3 * t),
    );
    return [name, tensor(data, { shape: own, dtype: "f32" })] as const;
  });
  return importStateDict(variables, Object.fromEntries(values));
}

/** Compares output, loss and the gradients of all weights with PyTorch's; not the output of networks that the fixture has without what is made of their values. */
export function expectAsPytorch(
  name: keyof typeof reference,
  network: Layer<NetworkTree, NetworkTree>,
  lossOf: (x: Tensor, output: Tensor, target: Tensor) => Tensor,
  without: readonly "output"[] = [],
): void {
  const { params, stats } = filled(network.init(key(0), shape));
  const { x, target } = fixtureImages();
  const { value, grads, aux } = valueAndGrad((given: NetworkTree) => {
    const { output } = network.apply({ params: given, stats }, x, { train: true });
    return { loss: lossOf(x, output, target), aux: output };
  })(params);
  const ofTorch = exportStateDict({ params: grads, stats });
  const names = Object.keys(ofTorch).toSorted();
  const projections = names.map((leaf) => projected(ofTorch[leaf]!));
  const [loss, output, gradients] = interpret([value, aux, stack(projections, 0)]);
  const expected = reference[name];
  const close = (values: readonly number[], torch: readonly number[]): void => {
    expect(values).toHaveLength(torch.length);
    for (const [i, one] of torch.entries()) {
      expect(Math.abs(values[i]! - one) / (Math.abs(one) + 1e-3)).toBeLessThan(2e-5);
    }
  };
  const seen = Array.from(output!).filter((_, i) => i % 7 === 0);
  if (!without.includes("output")) close(seen, expected.output);
  close([loss![0]!], [expected.loss]);
  expect(names).toEqual(Object.keys(expected.gradients));
  close(Array.from(gradients!), Object.values(expected.gradients));
}
