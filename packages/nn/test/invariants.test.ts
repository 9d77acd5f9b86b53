import { grad } from "@clidim/autograd";
import { flip, key, mul, type Shape, slice, sum, type Tensor } from "@clidim/tensor";
import { geometry, runsOr, seeds, shapes } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { expectClose, settled, valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, it } from "vitest";
import { type AnyLayer, layers } from "../src/index.js";

// What holds of a layer whatever its parameters are.

const runs = runsOr(5);

describe("samples do not see each other outside of training: their order does not matter", () => {
  const image: Shape = [3, 4, 5, 4];
  const cases: readonly (readonly [string, AnyLayer, Shape])[] = [
    ["conv2d", layers.conv2d({ out: 2, kernel: 3, stride: 2, padding: 1, groups: 2 }), image],
    ["convTranspose2d", layers.convTranspose2d({ out: 2, kernel: 4, stride: 2, padding: 1 }), image],
    ["batchNorm", layers.batchNorm(), image],
    ["instanceNorm", layers.instanceNorm({ affine: true }), image],
    ["groupNorm", layers.groupNorm({ groups: 2 }), image],
    ["layerNorm", layers.layerNorm({ axes: 2 }), image],
    ["rmsNorm", layers.rmsNorm(), image],
    ["maxPool2d", layers.maxPool2d({ kernel: 3, stride: 2, padding: 1 }), image],
    ["avgPool2d", layers.avgPool2d({ kernel: 2 }), image],
    ["globalAvgPool2d", layers.globalAvgPool2d(), image],
    ["upsample2d", layers.upsample2d({ mode: "bilinear" }), image],
    ["multiHeadAttention", layers.multiHeadAttention({ heads: 2, causal: true }), [3, 5, 4]],
  ];

  it.each(cases)("%s", (_, layer, shape) => {
    const variables = settled(layer.init(key(1), shape));
    const x = normal(shape, 2);
    const apply = (input: Tensor): Tensor => layer.apply(variables, input, { train: false }).output;
    expectClose(valuesOf(apply(flip(x, [0]))), valuesOf(flip(apply(x), [0])), 1e-12);
  });
});

describe("conv2d", () => {
  it("commutes with shifts", () => {
    const property = fc.property(geometry, seeds, ({ x: shape, weight, params }, seed) => {
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const layer = layers.conv2d({
        ...params,
        padding: 0,
        out: weight[3]!,
        kernel: [weight[0]!, weight[1]!],
      });
      const [down, right] = params.stride;
      // An image larger than the kernel reaches, and the same without its first `stride` rows and columns.
      const whole: Shape = [batch, height + 8 + down, width + 8 + right, channels];
      const x = normal(whole, seed);
      const variables = settled(layer.init(key(seed), whole));
      const apply = (input: Tensor): Tensor => layer.apply(variables, input, { train: false }).output;
      const y = apply(x);
      expectClose(
        valuesOf(apply(slice(x, [0, down, right], whole.slice(0, 3)))),
        valuesOf(slice(y, [0, 1, 1], y.shape.slice(0, 3))),
        1e-12,
      );
    });
    fc.assert(property, runs);
  });
});

describe("instanceNorm", () => {
  it("has a gradient that sums to nothing over space and is orthogonal to the output", () => {
    const property = fc.property(shapes(2, 3), seeds, ([batch, ...rest], seed) => {
      const shape = [batch!, 3, ...rest];
      const layer = layers.instanceNorm({ epsilon: 0 });
      const [x, weights] = [normal(shape, seed), normal(shape, seed + 1)];
      const apply = (input: Tensor): Tensor =>
        layer.apply({ params: {}, stats: {} }, input, { train: true }).output;
      const gradient = grad((input: Tensor) => sum(mul(apply(input), weights)))(x);
      const space = [...shape.keys()].slice(1, -1);
      for (const along of [sum(gradient, space), sum(mul(gradient, apply(x)), space)]) {
        const none = valuesOf(along).map(() => 0);
        expectClose(valuesOf(along), none, 1e-9);
      }
    });
    fc.assert(property, runs);
  });
});
