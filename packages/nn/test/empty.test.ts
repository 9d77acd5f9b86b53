import { valueAndGrad } from "@clidim/autograd";
import { compile, key, normal, type Shape, sum, type Tensor, tensor, zeros } from "@clidim/tensor";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import * as nn from "../src/index.js";

const image: Shape = [0, 8, 8, 4];

describe("batches of nothing", () => {
  const layers: Readonly<Record<string, readonly [nn.AnyLayer, Shape]>> = {
    linear: [nn.layers.linear({ out: 3 }), [0, 4]],
    "linear of a sequence": [nn.layers.linear({ out: 3 }), [0, 5, 4]],
    conv2d: [nn.layers.conv2d({ out: 3, kernel: 3, padding: 1, paddingMode: "reflect" }), image],
    conv1d: [nn.layers.conv1d({ out: 3, kernel: 3 }), [0, 8, 4]],
    conv3d: [nn.layers.conv3d({ out: 3, kernel: 3, paddingMode: "edge", padding: 1 }), [0, 4, 4, 4, 4]],
    convTranspose1d: [nn.layers.convTranspose1d({ out: 3, kernel: 2, stride: 2 }), [0, 8, 4]],
    convTranspose3d: [nn.layers.convTranspose3d({ out: 3, kernel: 2, stride: 2 }), [0, 2, 2, 2, 4]],
    maxPool3d: [nn.layers.maxPool3d({ kernel: 2 }), [0, 4, 4, 4, 2]],
    adaptiveAvgPool1d: [nn.layers.adaptiveAvgPool1d(2), [0, 5, 2]],
    pixelShuffle: [nn.layers.pixelShuffle(2), image],
    sinusoidalEncoding: [nn.layers.sinusoidalEncoding(), [0, 3, 4]],
    lstm: [nn.layers.lstm({ size: 3 }), [0, 4, 2]],
    depthwiseConv2d: [nn.layers.depthwiseConv2d({ kernel: 3 }), image],
    convTranspose2d: [nn.layers.convTranspose2d({ out: 3, kernel: 2, stride: 2 }), image],
    maxPool2d: [nn.layers.maxPool2d({ kernel: 2 }), image],
    avgPool2d: [nn.layers.avgPool2d({ kernel: 3, stride: 2 }), image],
    globalAvgPool2d: [nn.layers.globalAvgPool2d(), image],
    upsample2d: [nn.layers.upsample2d({ scale: 2, mode: "bilinear" }), image],
    batchNorm: [nn.layers.batchNorm(), image],
    instanceNorm: [nn.layers.instanceNorm(), image],
    groupNorm: [nn.layers.groupNorm({ groups: 2 }), image],
    layerNorm: [nn.layers.layerNorm(), [0, 4]],
    rmsNorm: [nn.layers.rmsNorm(), [0, 4]],
    dropout: [nn.layers.dropout(0.5), [0, 4]],
    flatten: [nn.layers.flatten(), image],
    multiHeadAttention: [nn.layers.multiHeadAttention({ heads: 2 }), [0, 3, 4]],
    "multiHeadAttention to a sequence of nothing": [nn.layers.multiHeadAttention({ heads: 2 }), [2, 0, 4]],
    residual: [
      nn.layers.residual(nn.layers.sequential(nn.layers.linear({ out: 4 }), nn.layers.relu())),
      [0, 4],
    ],
  };
  it.each(Object.entries(layers))("%s", (_name, [layer, shape]) => {
    const variables = layer.init(key(1), shape);
    const x = zeros(shape);
    for (const train of [true, false]) {
      const f = (params: unknown, input: Tensor) => {
        const { output, stats } = layer.apply({ ...variables, params }, input, { train, key: key(2) });
        return { loss: sum(output), aux: { output, stats } };
      };
      const { value, grads, aux } = valueAndGrad(f, { argument: [0, 1] })(variables.params, x);
      expect(aux.output.shape).toEqual(layer.outputShape(shape));
      expect(valuesOf(value)).toEqual([0]);
      expect(grads[1].shape).toEqual(shape);
      for (const gradient of Object.values(nn.exportStateDict({ params: grads[0], stats: {} }))) {
        expect(valuesOf(gradient).every((element) => element === 0)).toBe(true);
      }
      // Running statistics do not move.
      const before = Object.values(nn.exportStateDict({ params: {}, stats: variables.stats })).map(valuesOf);
      expect(Object.values(nn.exportStateDict({ params: {}, stats: aux.stats })).map(valuesOf)).toEqual(
        before,
      );
    }
  });

  it("a step of training leaves the weights where they are", async () => {
    const model = nn.layers.sequential(
      nn.layers.conv2d({ out: 2, kernel: 3 }),
      nn.layers.flatten(),
      nn.layers.linear({ out: 1 }),
    );
    const optimizer = nn.chain(nn.clipByGlobalNorm(1), nn.sgd({ learningRate: 0.1 }));
    const { params, stats } = model.init(key(3), [1, 5, 5, 1]);
    type Params = typeof params;
    const step = compile((weights: Params, x: Tensor, target: Tensor) => {
      const loss = (p: Params): Tensor =>
        nn.mse(model.apply({ params: p, stats }, x, { train: true }).output, target, { reduction: "sum" });
      const { value, grads } = valueAndGrad(loss)(weights);
      return { value, moved: optimizer.update(grads, optimizer.init(weights), weights).params };
    });
    const { value, moved } = await step(params, normal(key(4), [0, 5, 5, 1]), normal(key(5), [0, 1]));
    expect(await value.item()).toBe(0);
    const [before, after] = [params, moved].map((tree) => nn.exportStateDict({ params: tree, stats: {} }));
    for (const [name, weight] of Object.entries(before!)) {
      expect([name, [...(await after![name]!.data())]]).toEqual([name, [...(await weight.data())]]);
    }
  });

  it("means of losses are NaN, sums 0, as in PyTorch", () => {
    const [output, target] = [zeros([0, 3]), zeros([0, 3])];
    const classes = tensor(new Int32Array(0));
    for (const [mean, total] of [
      [nn.mse(output, target), nn.mse(output, target, { reduction: "sum" })],
      [nn.l1(output, target), nn.l1(output, target, { reduction: "sum" })],
      [nn.crossEntropy(output, classes), nn.crossEntropy(output, classes, { reduction: "sum" })],
    ] as const) {
      expect([valuesOf(mean), valuesOf(total)]).toEqual([[Number.NaN], [0]]);
    }
  });

  it("layers of no inputs give their biases", () => {
    const layer = nn.layers.linear({ out: 2 });
    const variables = layer.init(key(6), [3, 0]);
    expect(variables.params.weight.shape).toEqual([0, 2]);
    expect(valuesOf(layer.apply(variables, zeros([3, 0]), { train: false }).output)).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });
});
