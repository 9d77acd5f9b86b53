import { valueAndGrad } from "@clidim/autograd";
import {
  cast,
  evaluate,
  key,
  leavesWithPaths,
  mean,
  mul,
  normal,
  type Shape,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { type AnyLayer, layers } from "../src/index.js";

const image: Shape = [2, 8, 8, 6];

/** Each layer with the shape of an input. */
const cases: Readonly<Record<string, readonly [AnyLayer, Shape]>> = {
  "conv2d with bias": [layers.conv2d({ out: 5, kernel: 3, padding: 1 }), image],
  "conv2d, reflected": [layers.conv2d({ out: 5, kernel: 3, padding: 1, paddingMode: "reflect" }), image],
  depthwiseConv2d: [layers.depthwiseConv2d({ kernel: 3 }), image],
  convTranspose2d: [layers.convTranspose2d({ out: 4, kernel: 4, stride: 2, padding: 1 }), image],
  linear: [layers.linear({ out: 7 }), [5, 6]],
  batchNorm: [layers.batchNorm(), image],
  instanceNorm: [layers.instanceNorm({ affine: true }), image],
  groupNorm: [layers.groupNorm({ groups: 2 }), image],
  layerNorm: [layers.layerNorm(), image],
  rmsNorm: [layers.rmsNorm(), image],
  multiHeadAttention: [layers.multiHeadAttention({ heads: 2 }), [2, 5, 6]],
  upsample2d: [layers.upsample2d({ mode: "bilinear" }), image],
  maxPool2d: [layers.maxPool2d({ kernel: 2 }), image],
  avgPool2d: [layers.avgPool2d({ kernel: 2 }), image],
  block: [
    layers.sequential({
      conv: layers.conv2d({ out: 8, kernel: 3 }),
      norm: layers.batchNorm(),
      act: layers.leakyRelu(0.2),
      gelu: layers.gelu(),
    }),
    image,
  ],
};

const tensorsOf = (tree: unknown): Tree<Tensor> => tree as Tree<Tensor>; // what layers call their trees

/** The output, the statistics and the gradients of a random projection of the output in all parameters, in training. */
async function run(
  layer: AnyLayer,
  shape: Shape,
  dtype: "f32" | "f16",
): Promise<Record<string, { dtype: string; values: number[] }>> {
  const { params, stats } = layer.init(key(1), shape);
  // Halves in both, so that ties are the same.
  const x = cast(cast(normal(key(2), shape), "f16"), dtype);
  const lossOf = (p: Tree<Tensor>, input: Tensor) => {
    const { output, stats: after } = layer.apply({ params: p, stats }, input, { train: true, key: key(3) });
    return {
      loss: mean(mul(cast(output, "f32"), normal(key(4), output.shape))),
      aux: { output, after: tensorsOf(after) },
    };
  };
  const { grads, aux } = valueAndGrad(lossOf, { argument: [0, 1] })(tensorsOf(params), x);
  const all = { output: aux.output, stats: aux.after, params: grads[0], x: grads[1] };
  await evaluate(all);
  const entries: [string, { dtype: string; values: number[] }][] = [];
  for (const [path, leaf] of leavesWithPaths(all))
    entries.push([path, { dtype: leaf.dtype, values: [...(await leaf.data())] }]);
  return Object.fromEntries(entries);
}

describe("applied to halves", () => {
  it.each(Object.entries(cases))(
    "%s gives halves near the f32 result, and f32 gradients of its parameters",
    async (_, [layer, shape]) => {
      const [halves, floats] = [await run(layer, shape, "f16"), await run(layer, shape, "f32")];
      for (const [path, { dtype, values }] of Object.entries(halves)) {
        expect(dtype, path).toBe(path === "output" || path === "x" ? "f16" : "f32");
        const expected = floats[path]!.values;
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
        const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
        expect(worst / scale, path).toBeLessThan(2 ** -7);
      }
    },
  );
});
