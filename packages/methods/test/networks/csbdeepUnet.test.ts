import { l1 } from "@clidim/nn";
import { add, flatten, key, leavesWithPaths, sizeOf } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { type CsbdeepUnetOptions, csbdeepUnet } from "../../src/networks/csbdeepUnet.js";
import { expectAsPytorch } from "./againstPytorch.js";

const care = {
  ...{ depth: 2, filters: 32, kernel: 5 },
  ...{ norm: "none", wayUp: "doubled", pooling: "max", outermostSkip: true, heads: ["head"] },
} as const satisfies CsbdeepUnetOptions;

describe("csbdeepUnet", () => {
  it.each([
    [{}, 922_977],
    [{ heads: ["head", "scale"] }, 923_010],
  ] as const)("%j: %i parameters, as CSBDeep has them in 2-D", (changes, count) => {
    const { params } = csbdeepUnet({ ...care, ...changes }).init(key(0), [1, 4, 4, 1]);
    expect(flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(count);
  });

  it("without norms has biases and no statistics", () => {
    const { params, stats } = csbdeepUnet({ ...care, filters: 2 }).init(key(0), [1, 4, 4, 1]);
    const paths = leavesWithPaths(params).map(([path]) => path);
    expect(paths).toContain("middle.conv2.bias");
    expect(paths.filter((path) => path.includes("norm"))).toEqual([]);
    expect(flatten(stats).leaves).toEqual([]);
  });

  it("outputs, the loss of a residual and gradients are PyTorch's", () => {
    expectAsPytorch("csbdeep", csbdeepUnet({ ...care, filters: 3 }), (x, output, target) =>
      l1(add(x, output), target),
    );
  });

  it("as many channels as heads", () => {
    const network = csbdeepUnet({ ...care, filters: 2, heads: ["head", "scale"] });
    expect(network.outputShape([1, 4, 8, 1])).toEqual([1, 4, 8, 2]);
  });
});
