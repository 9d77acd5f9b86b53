import { l1 } from "@clidim/nn";
import { key, type Tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { careLoss } from "../../src/care/method.js";
import { careNetwork } from "../../src/care/network.js";
import { expectAsPytorch } from "../networks/againstPytorch.js";

const small = { network: "csbdeep", depth: 2, filters: 3, kernel: 5 } as const;

describe("careNetwork", () => {
  // The fixtures' losses are of the image plus the network's output.
  it("the residual, its mean absolute error and gradients are PyTorch's", () => {
    expectAsPytorch(
      "csbdeep",
      careNetwork({ ...small, probabilistic: false }),
      (_, output, target) => l1(output, target),
      ["output"],
    );
  });

  it("centre, scale, Laplace's loss and gradients are PyTorch's", () => {
    expectAsPytorch(
      "csbdeepLaplace",
      careNetwork({ ...small, probabilistic: true }),
      (_, output, target) => careLoss("laplace", output, target),
      ["output"],
    );
  });

  it("scales are positive, however low the network's values are", () => {
    const network = careNetwork({ ...small, probabilistic: true });
    const variables = network.init(key(0), [1, 4, 4, 1]);
    const x: Tensor = uniform(key(1), [1, 8, 8, 1], { low: -50, high: 50 });
    const [values] = interpret([network.apply(variables, x, { train: true }).output]);
    const scales = Array.from(values!).filter((_, i) => i % 2 === 1);
    expect(scales).toHaveLength(64);
    for (const scale of scales) expect(scale).toBeGreaterThanOrEqual(1e-3);
  });

  it("ppn2v predicts no scale", () => {
    expect(() => careNetwork({ ...small, network: "ppn2v", probabilistic: true })).toThrow(
      "careNetwork: ppn2v has no scale; choose csbdeep",
    );
  });
});
