import { valueAndGrad } from "@clidim/autograd";
import { exportStateDict, importStateDict, type Variables } from "@clidim/nn";
import {
  flatten,
  key,
  leavesWithPaths,
  mul,
  reshape,
  type Shape,
  sizeOf,
  slice,
  stack,
  sum,
  type Tensor,
  type Tree,
  tensor,
  uniform,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import type { NetworkTree } from "../../src/networks/networkTree.js";
import { networkNames, noise2voidNetwork } from "../../src/noise2void/network.js";

const parameterCount = ({ params }: { params: Tree<Tensor> }) =>
  flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);

const paths = (tree: Tree<Tensor>) => leavesWithPaths(tree).map(([path]) => path);

const shapeOf = (params: NetworkTree, block: string, layer: string): Shape =>
  params[block]![layer]!.weight!.shape;

describe("noise2voidNetwork", () => {
  it.each([
    ["n2v", 3, 287_041],
    ["n2v", 5, 795_457],
    ["n2v2", 3, 323_969],
    ["n2v2", 5, 897_921],
  ] as const)("%s, kernel %i: %i parameters", (network, kernel, count) => {
    const { params } = noise2voidNetwork({ network, depth: 2, filters: 32, kernel }).init(
      key(0),
      [1, 64, 64, 1],
    );
    expect(parameterCount({ params })).toBe(count);
  });

  it.each([
    ["n2v", [3, 3, 128, 32], [3, 3, 32, 32], [3, 3, 64, 32]],
    ["n2v2", [3, 3, 128, 64], [3, 3, 64, 32], [3, 3, 32, 32]],
  ] as const)("%s: 128 and 64 channels in the middle, the way up", (network, inner1, inner2, outer1) => {
    const { params } = noise2voidNetwork({ network, depth: 2, filters: 32, kernel: 3 }).init(
      key(0),
      [1, 4, 4, 1],
    );
    expect(shapeOf(params, "middle", "conv1")).toEqual([3, 3, 64, 128]);
    expect(shapeOf(params, "middle", "conv2")).toEqual([3, 3, 128, 64]);
    expect(shapeOf(params, "up2", "conv1")).toEqual(inner1);
    expect(shapeOf(params, "up2", "conv2")).toEqual(inner2);
    expect(shapeOf(params, "up1", "conv1")).toEqual(outer1);
    expect(shapeOf(params, "head", "conv")).toEqual([1, 1, 32, 1]);
  });

  it("names, biases and norms; a state dict in PyTorch's layout and back", () => {
    const network = noise2voidNetwork({ network: "n2v", depth: 1, filters: 2, kernel: 3 });
    const variables = network.init(key(0), [1, 4, 4, 1]);
    const blocks = ["down1", "middle", "up1"];
    expect(paths(variables.params).toSorted()).toEqual(
      [
        ...blocks.flatMap((block) => [
          `${block}.conv1.weight`,
          `${block}.conv2.weight`,
          ...["norm1", "norm2"].flatMap((norm) => [`${block}.${norm}.bias`, `${block}.${norm}.weight`]),
        ]),
        "head.conv.bias",
        "head.conv.weight",
      ].toSorted(),
    );
    expect(paths(variables.stats).toSorted()).toEqual(
      blocks
        .flatMap((block) =>
          ["norm1", "norm2"].flatMap((norm) => [`${block}.${norm}.mean`, `${block}.${norm}.variance`]),
        )
        .toSorted(),
    );
    const exported = exportStateDict(variables);
    expect(exported["middle.conv1.weight"]!.shape).toEqual([4, 2, 3, 3]);
    expect(exported["up1.norm2.running_var"]!.shape).toEqual([2]);
    const imported = importStateDict(network.init(key(1), [1, 4, 4, 1]), exported);
    const values = (params: NetworkTree) => interpret(flatten(params).leaves).map((leaf) => Array.from(leaf));
    expect(values(imported.params)).toEqual(values(variables.params));
  });

  it.each(networkNames)("%s keeps the extents, and passes what training needs through", (name) => {
    const network = noise2voidNetwork({ network: name, depth: 2, filters: 2, kernel: 3 });
    const variables = network.init(key(1), [1, 4, 4, 1]);
    for (const shape of [
      [2, 8, 12, 1],
      [3, 4, 4, 1],
    ]) {
      expect(network.apply(variables, uniform(key(2), shape), { train: true }).output.shape).toEqual(shape);
      expect(network.outputShape(shape)).toEqual(shape);
    }
    const { stats } = network.apply(variables, uniform(key(2), [2, 8, 8, 1]), { train: true });
    expect(paths(stats)).toEqual(paths(variables.stats));
    const moved = interpret(flatten(stats).leaves);
    for (const [i, leaf] of interpret(flatten(variables.stats).leaves).entries())
      expect(moved[i]).not.toEqual(leaf);
  });

  it("says what is wrong", () => {
    const network = noise2voidNetwork({ network: "n2v", depth: 2, filters: 2, kernel: 3 });
    for (const shape of [
      [1, 6, 8, 1],
      [1, 8, 8, 2],
      [8, 8, 1],
    ]) {
      expect(() => network.outputShape(shape)).toThrow(
        "csbdeepUnet: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = 4, got",
      );
    }
  });
});

/** Values that both sides can make, in PyTorch's layout and in the order of the names: sines, in ranges that suit each kind of tensor. */
function sines(variables: Variables<NetworkTree, NetworkTree>): Variables<NetworkTree, NetworkTree> {
  const tensors = Object.entries(exportStateDict(variables)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const value = (name: string, x: number): number => {
    if (name.endsWith("running_var")) return 1 + 0.5 * x * x;
    if (name.includes(".norm") && name.endsWith("weight")) return 1 + 0.2 * x;
    if (name.includes(".norm") && name.endsWith("bias")) return 0.5 + 0.3 * x;
    return name.endsWith("weight") ? 0.5 * x : 0.1 * x;
  };
  const filled = tensors.map(([name, { shape }], t) => {
    const data = Array.from({ length: sizeOf(shape) }, (_, i) =>
      value(name, Math.sin(1 + 0.7 * i + 1.3 * t)),
    );
    return [name, tensor(data, { shape })] as const;
  });
  return importStateDict(variables, Object.fromEntries(filled));
}

// From the U-Net of Noise2Void in bench/pytorch/networks.py, in PyTorch 1.13 with doubles.
const fromTorch = {
  n2v: {
    evaluated: [0.032868207, 0.095637593, -8.383494743, -6285.997804769],
    trained: [-0.466191121, -0.459809441, -0.975460532, -1.315526691],
    gradients: [0.64721485, -0.06221056, -0.16214446, 0.51652039],
    variance: [47.068974491, 52.160463471],
    mean: [0.490104332, 0.641432639],
  },
  n2v2: {
    evaluated: [0.095637593, 0.095637593, -0.703909039, -8645.45495485],
    trained: [-0.48594591, -0.681670764, -0.579219436, -1.566929014],
    gradients: [-0.75618328, -0.13700254, -0.1530121, 6.18644973],
    variance: [35.315224951, 35.740640383],
    mean: [0.511157463, 0.634235474],
  },
} as const;

describe("against PyTorch", () => {
  it.each(networkNames)("%s: outputs, gradients, statistics of the batch", (name) => {
    const network = noise2voidNetwork({ network: name, depth: 2, filters: 3, kernel: 3 });
    const { params, stats } = sines(network.init(key(0), [1, 4, 4, 1]));
    const shape = [2, 8, 12, 1];
    const wave = (f: (i: number) => number) =>
      tensor(
        Array.from({ length: 192 }, (_, i) => f(i)),
        { shape, dtype: "f32" },
      );
    const x = wave((i) => Math.sin(0.9 * i ** 1.3));
    const evaluated = network.apply({ params, stats }, x, { train: false }).output;
    const lossOf = (given: NetworkTree) => {
      const { output, stats: after } = network.apply({ params: given, stats }, x, { train: true });
      return { loss: sum(mul(output, wave(Math.cos))), aux: { output, after } };
    };
    const { grads, aux } = valueAndGrad(lossOf)(params);
    const ofTorch = exportStateDict({ params: grads, stats: aux.after });
    const projected = ["down1.conv1.weight", "middle.norm2.bias", "up2.conv1.weight", "head.conv.weight"].map(
      (leaf) => {
        const gradient = reshape(ofTorch[leaf]!, [-1]);
        return sum(mul(gradient, tensor(Array.from({ length: gradient.shape[0]! }, (_, i) => Math.sin(i)))));
      },
    );
    const first = (leaf: string) => slice(ofTorch[leaf]!, [0], [2]);
    const results = interpret([
      evaluated,
      aux.output,
      stack(projected, 0),
      first("up2.norm1.running_var"),
      first("down2.norm2.running_mean"),
    ]);
    const expected = fromTorch[name];
    const at = (values: ArrayLike<number>) => [0, 5, 100, 191].map((i) => values[i]!);
    const close = (values: readonly number[], torch: readonly number[]): void => {
      for (const [i, value] of torch.entries()) expect(Math.abs(values[i]! / value - 1)).toBeLessThan(1e-5);
    };
    close(at(results[0]!), expected.evaluated);
    close(at(results[1]!), expected.trained);
    close(Array.from(results[2]!), expected.gradients);
    close(Array.from(results[3]!), expected.variance);
    close(Array.from(results[4]!), expected.mean);
  });
});
