import { checkGradients } from "@clidim/autograd/testing";
import {
  key,
  normal,
  sigmoid as probability,
  type Shape,
  softmax as share,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { describe, it } from "vitest";
import {
  type AnyLayer,
  avgPool2d,
  batchNorm,
  binaryCrossEntropyWithLogits,
  conv2d,
  convTranspose2d,
  crossEntropy,
  depthwiseConv2d,
  dropout,
  elu,
  embedding,
  flatten,
  gelu,
  globalAvgPool2d,
  groupNorm,
  huber,
  initializers,
  instanceNorm,
  klDivergence,
  type Layer,
  l1,
  layerNorm,
  leakyRelu,
  linear,
  logSoftmax,
  maxPool2d,
  mse,
  multiHeadAttention,
  parallel,
  relu,
  residual,
  rmsNorm,
  sequential,
  sigmoid,
  silu,
  skip,
  softmax,
  softplus,
  tanh,
  upsample2d,
} from "../src/index.js";
import { settled } from "./values.js";

const drawn = (seed: number, shape: Shape): Tensor => settled(normal(key(seed), shape));

/** Gradients of parameters and input together, to second order. */
function check<P, S>(layer: Layer<P, S>, shape: Shape, train: boolean): void {
  const { params, stats } = settled(layer.init(key(3), shape));
  checkGradients(
    (p: P, x: Tensor) => layer.apply({ params: p, stats }, x, { train, key: key(5) }).output,
    [params, drawn(11, shape)],
  );
}

const varied = {
  weightInit: initializers.uniform({ low: 0.5, high: 2 }),
  biasInit: initializers.normal(),
};

const image: Shape = [2, 4, 5, 4];
const layers: readonly (readonly [string, AnyLayer, Shape])[] = [
  ["linear", linear({ out: 3 }), [2, 3, 4]],
  ["conv2d", conv2d({ out: 3, kernel: 3, stride: 2, padding: 1 }), image],
  ["conv2d in groups", conv2d({ out: 6, kernel: [2, 3], padding: [0, 1], dilation: 2, groups: 2 }), image],
  ["conv2d with reflection", conv2d({ out: 2, kernel: 3, padding: 1, paddingMode: "reflect" }), image],
  ["depthwiseConv2d", depthwiseConv2d({ kernel: 2, multiplier: 2, bias: false }), image],
  ["convTranspose2d", convTranspose2d({ out: 3, kernel: 4, stride: 2, padding: 1 }), [1, 3, 2, 4]],
  [
    "convTranspose2d in groups",
    convTranspose2d({ out: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    [1, 2, 3, 4],
  ],
  ["batchNorm", batchNorm(varied), [2, 3, 3]],
  ["instanceNorm", instanceNorm({ affine: true, ...varied }), [2, 3, 2, 3]],
  ["groupNorm", groupNorm({ groups: 2, ...varied }), [2, 3, 4]],
  ["layerNorm", layerNorm({ axes: 2, ...varied }), [2, 3, 4]],
  ["rmsNorm", rmsNorm({ weightInit: varied.weightInit }), [2, 3, 4]],
  ["dropout", dropout(0.3), [4, 5]],
  ["multiHeadAttention", multiHeadAttention({ heads: 2, causal: true, dropout: 0.2 }), [2, 3, 4]],
  ["maxPool2d", maxPool2d({ kernel: 2 }), image],
  ["maxPool2d, overlapping", maxPool2d({ kernel: 3, stride: 2, padding: 1 }), image],
  ["avgPool2d", avgPool2d({ kernel: 2 }), image],
  ["avgPool2d, overlapping", avgPool2d({ kernel: 3, stride: 1, padding: 1 }), image],
  ["globalAvgPool2d", globalAvgPool2d(), image],
  ["upsample2d nearest", upsample2d(), image],
  ["upsample2d bilinear", upsample2d({ scale: [2, 3], mode: "bilinear" }), image],
  ["flatten", flatten(), image],
  ["relu", relu(), [3, 4]],
  ["leakyRelu", leakyRelu(0.2), [3, 4]],
  ["sigmoid", sigmoid(), [3, 4]],
  ["tanh", tanh(), [3, 4]],
  ["softplus", softplus(), [3, 4]],
  ["silu", silu(), [3, 4]],
  ["gelu", gelu(), [3, 4]],
  ["elu", elu(), [3, 4]],
  ["softmax", softmax(), [3, 4]],
  ["logSoftmax", logSoftmax(), [3, 4]],
  ["residual", residual(linear({ out: 4 })), [2, 4]],
  ["residual with shortcut", residual(linear({ out: 3 }), linear({ out: 3, bias: false })), [2, 4]],
  ["parallel", parallel({ a: linear({ out: 2 }), b: tanh() }), [2, 4]],
  [
    "skip in a U-Net",
    sequential(
      conv2d({ out: 2, kernel: 4, stride: 2, padding: 1 }),
      skip(sequential(leakyRelu(0.2), conv2d({ out: 3, kernel: 3, padding: 1 }), batchNorm())),
      relu(),
      convTranspose2d({ out: 1, kernel: 4, stride: 2, padding: 1 }),
      tanh(),
    ),
    [1, 4, 4, 1],
  ],
];

describe("gradients of layers", () => {
  for (const [name, layer, shape] of layers) {
    it(name, () => {
      check(layer, shape, true);
      if (name === "batchNorm") check(layer, shape, false);
    });
  }

  it("embedding", () => {
    const layer = embedding({ count: 4, size: 3 });
    const { params, stats } = settled(layer.init(key(0), [5]));
    const indices = tensor([0, 3, 3, 1, 0], { dtype: "i32" });
    checkGradients(
      (p: typeof params) => layer.apply({ params: p, stats }, indices, { train: true }).output,
      [params],
    );
  });
});

describe("gradients of losses", () => {
  const shape: Shape = [4, 3];
  const [output, target] = [drawn(1, shape), drawn(2, shape)];
  const probabilities = settled(share(drawn(3, shape)));
  const losses: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
    mse,
    l1,
    huber: (a, b) => huber(a, b, { delta: 0.7 }),
    crossEntropy: (a, b) => crossEntropy(a, share(b), { labelSmoothing: 0.1 }),
    binaryCrossEntropyWithLogits: (a, b) => binaryCrossEntropyWithLogits(a, probability(b)),
  };
  for (const [name, loss] of Object.entries(losses)) it(name, () => checkGradients(loss, [output, target]));

  it("crossEntropy with class indices", () => {
    const classes = tensor([2, 0, 1, 1], { dtype: "i32" });
    checkGradients((x: Tensor) => crossEntropy(x, classes, { reduction: "none" }), [output]);
  });

  it("klDivergence", () => {
    checkGradients(
      (x: Tensor, t: Tensor) => klDivergence(x, t, { reduction: "batchMean" }),
      [output, probabilities],
    );
  });
});
