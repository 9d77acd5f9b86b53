import { customVjp } from "@clidim/autograd";
import {
  add,
  concat,
  key,
  logSoftmax as logShare,
  mul,
  neg,
  ones,
  sigmoid as probability,
  reshape,
  type Shape,
  softmax as share,
  sizeOf,
  square,
  type Tensor,
  tensor,
  where,
} from "@clidim/tensor";
import { extent, geometry, seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases, type GradientCase } from "@clidim/testing/checkCases";
import {
  apart,
  awayFromZero,
  betweenDistinct,
  bools,
  distinct,
  indices,
  normal,
  positive,
  withinOne,
} from "@clidim/testing/fills";
import { functionsIn } from "@clidim/testing/functionsIn";
import { settled } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as nn from "../src/index.js";

type Cases = fc.Arbitrary<GradientCase>;

/** How a layer is made, and the shape of an input that fits it. */
interface Made<Options> {
  readonly options: Options;
  readonly shape: readonly number[];
}

type Fill = (shape: Shape, seed: number) => Tensor;

/** A layer in training or not, as a function of its parameters and its input. */
function layerCase(
  name: string,
  layer: nn.AnyLayer,
  x: Tensor,
  { train, seed }: { readonly train: boolean; readonly seed: number },
): GradientCase {
  const variables = settled(layer.init(key(seed), x.shape));
  // The statistics of a first batch, so that they are not those of an untrained layer.
  const { stats } = train ? variables : settled(layer.apply(variables, x, { train: true, key: key(seed) }));
  return {
    name: `${name}${train ? " in training" : ""}`,
    f: (params: unknown, input: Tensor) =>
      layer.apply({ params, stats }, input, { train, key: key(seed + 1) }).output,
    inputs: [variables.params, x],
  };
}

/** Layers of random options on inputs of random shapes, their parameters and input random too. */
const layers = <Options>(
  name: string,
  make: (options: Options) => nn.AnyLayer,
  made: fc.Arbitrary<Made<Options>>,
  fill: Fill = normal,
): Cases =>
  fc.tuple(made, fc.boolean(), seeds).map(([{ options, shape }, train, seed]) =>
    layerCase(`${name}(${JSON.stringify(options) ?? ""})`, make(options), fill(shape, seed), {
      train,
      seed,
    }),
  );

/** A layer without options. */
const plain = (name: string, layer: nn.AnyLayer, fill: Fill = normal, minRank = 0, maxRank = 4): Cases =>
  layers(
    name,
    () => layer,
    shapes(minRank, maxRank).map((shape) => ({ options: undefined, shape })),
    fill,
  );

const small = fc.integer({ min: 1, max: 3 });
const images = fc.tuple(small, extent, extent, small);

const convolutions: fc.Arbitrary<Made<nn.layers.Conv2dOptions>> = fc
  .tuple(geometry, fc.constantFrom("zero", "reflect", "edge"), fc.boolean())
  .map(([{ x, weight, params }, wanted, bias]) => {
    const [, height, width] = x as [number, number, number, number];
    const { padding } = params;
    const tooWide = Math.max(...padding[0]) >= height || Math.max(...padding[1]) >= width;
    const paddingMode = wanted === "reflect" && tooWide ? "edge" : wanted;
    const kernel = [weight[0]!, weight[1]!] as const;
    return { options: { ...params, out: weight[3]!, kernel, paddingMode, bias }, shape: x };
  });

/** Geometries of one direction, and of three of which the first has a geometry of its own. */
const sequences: fc.Arbitrary<Made<nn.layers.Conv1dOptions>> = fc
  .tuple(
    small,
    small,
    small,
    small,
    fc.constantFrom(1, 2),
    fc.boolean(),
    fc.constantFrom("zero", "edge", "circular"),
  )
  .map(([batch, kernel, stride, dilation, groups, bias, paddingMode]) => ({
    options: { out: 2, kernel, stride, dilation, padding: [1, 2], paddingMode, groups, bias },
    shape: [batch, dilation * (kernel - 1) + 2, 2],
  }));

const volumes: fc.Arbitrary<Made<nn.layers.Conv3dOptions>> = fc
  .tuple(
    small,
    small,
    small,
    fc.constantFrom(1, 2),
    fc.boolean(),
    fc.constantFrom("zero", "edge", "circular"),
  )
  .map(([kernel, stride, dilation, groups, bias, paddingMode]) => ({
    options: {
      out: 2,
      kernel: [kernel, 2, 1],
      stride: [stride, 1, 2],
      padding: [1, 0, 1],
      dilation: [dilation, 1, 1],
      paddingMode,
      groups,
      bias,
    },
    shape: [1, dilation * (kernel - 1) + 1, 3, 2, 2],
  }));

const transposedSequences: fc.Arbitrary<Made<nn.layers.ConvTranspose1dOptions>> = fc
  .tuple(small, small, small, small, fc.constantFrom(1, 2), fc.boolean())
  .map(([batch, length, stride, dilation, groups, bias]) => ({
    options: { out: 2, kernel: 3, stride, dilation, padding: 1, outputPadding: stride - 1, groups, bias },
    shape: [batch, length, 2],
  }));

const transposedVolumes: fc.Arbitrary<Made<nn.layers.ConvTranspose3dOptions>> = fc
  .tuple(small, small, small, fc.constantFrom(1, 2), fc.boolean())
  .map(([depth, stride, dilation, groups, bias]) => ({
    options: {
      out: 2,
      kernel: [3, 2, 1],
      stride: [stride, 2, 1],
      dilation: [dilation, 1, 1],
      padding: [1, 0, 0],
      outputPadding: [stride - 1, 1, 0],
      groups,
      bias,
    },
    shape: [1, depth, 2, 2, 2],
  }));

const transposed: fc.Arbitrary<Made<nn.layers.ConvTranspose2dOptions>> = fc
  .tuple(geometry, fc.boolean())
  .map(([{ x, weight, y, params }, bias]) => {
    const beyond = (axis: 0 | 1): number => {
      const reached =
        (y[axis + 1]! - 1) * params.stride[axis] + params.dilation[axis] * (weight[axis]! - 1) + 1;
      return x[axis + 1]! - (reached - params.padding[axis][0] - params.padding[axis][1]);
    };
    const outputPadding = [beyond(0), beyond(1)] as const;
    const kernel = [weight[0]!, weight[1]!] as const;
    return { options: { ...params, out: x[3]!, kernel, outputPadding, bias }, shape: y };
  });

/** Random scales and shifts, both of sizes that a normalisation learns. */
const affine = {
  weightInit: nn.initializers.uniform({ low: 0.5, high: 2 }),
  biasInit: nn.initializers.normal(),
};
const epsilon = fc.constantFrom(1e-5, 0.1);

const pools: fc.Arbitrary<Made<Parameters<typeof nn.layers.maxPool2d>[0]>> = fc
  .tuple(small, small, small, fc.option(small), fc.nat(1), fc.nat(3), fc.nat(3), small)
  .map(([batch, vertical, horizontal, stride, border, below, beside, channels]) => {
    const kernel = [vertical, horizontal] as const;
    const padding = [Math.min(border, vertical >> 1), Math.min(border, horizontal >> 1)] as const;
    const height = Math.max(1, vertical - 2 * padding[0]) + below;
    const width = Math.max(1, horizontal - 2 * padding[1]) + beside;
    const options = { kernel, padding, ...(stride !== null && { stride }) };
    return { options, shape: [batch, height, width, channels] };
  });

/** The same geometry for pools of one and of three directions. */
const poolsOf = (rank: 1 | 3): fc.Arbitrary<Made<{ readonly kernel: number; readonly padding: number }>> =>
  fc.tuple(small, small, small).map(([kernel, beyond, channels]) => ({
    options: { kernel, padding: kernel >> 1, ceilMode: true },
    shape: [1, ...new Array<number>(rank).fill(kernel + beyond - 1), channels],
  }));

const covered = (rank: 1 | 2 | 3): fc.Arbitrary<Made<number>> =>
  fc.tuple(small, small, small).map(([options, extent, channels]) => ({
    options,
    shape: [1, ...new Array<number>(rank).fill(extent + 1), channels],
  }));

const alongAnAxis = shapes(1, 3).chain((shape) =>
  fc.integer({ min: -shape.length, max: shape.length - 1 }).map((options) => ({ options, shape })),
);

/** A body of the features' size, with activations in and around it that have no kink. */
const body = (features: number): nn.AnyLayer =>
  nn.layers.sequential(nn.layers.linear({ out: features }), nn.layers.tanh());

const features: fc.Arbitrary<Made<number>> = fc
  .tuple(shapes(0, 2), extent)
  .map(([batch, size]) => ({ options: size, shape: [...batch, size] }));

const attention: Cases = fc
  .tuple(
    shapes(0, 2),
    extent,
    extent,
    extent,
    extent,
    fc.boolean(),
    fc.constantFrom("not", "by bools", "by numbers"),
    seeds,
  )
  .map(([batch, t, s, d, e, causal, masked, seed]) => {
    const mask = (masked === "by bools" ? bools : normal)([...batch, t, s], seed + 3);
    const options = { causal, ...(causal && { scale: 0.3 }), ...(masked !== "not" && { mask }) };
    return {
      name: `scaledDotProductAttention, causal ${causal}, masked ${masked}`,
      f: (query: Tensor, key: Tensor, value: Tensor) =>
        nn.scaledDotProductAttention(query, key, value, options),
      inputs: [
        normal([...batch, t, d], seed),
        normal([...batch, s, d], seed + 1),
        normal([...batch, s, e], seed + 2),
      ],
    };
  });

/** Recurrent layers, in a state that they begin with, on sequences of several lengths. */
const recurrent = (
  name: string,
  make: (options: nn.layers.RecurrentOptions) => nn.Recurrent<nn.LstmState> | nn.Recurrent<nn.RecurrentState>,
): Cases =>
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2), fc.boolean(), fc.boolean(), seeds)
    .map(([time, layers, bidirectional, ragged, seed]) => {
      // An LSTM's state has all that others need.
      const layer = make({ size: 2, layers, bidirectional }) as nn.Recurrent<nn.LstmState>;
      const shape = [2, time, 2];
      const { params, stats } = settled(layer.init(key(seed), shape));
      const states = [layers * (bidirectional ? 2 : 1), 2, 2];
      const lengths = tensor(Int32Array.of(time, 1));
      return {
        name: `${name} of ${layers} layers${bidirectional ? " in both directions" : ""}${ragged ? " of several lengths" : ""}`,
        f: (own: typeof params, x: Tensor, hidden: Tensor, cell: Tensor) => {
          const inputs = { state: { hidden, cell }, ...(ragged && { lengths }) };
          const { output, state } = layer.run({ params: own, stats }, x, inputs, { train: false });
          return concat(
            [output, state.hidden].map((part) => reshape(part, [sizeOf(part.shape)])),
            0,
          );
        },
        inputs: [params, normal(shape, seed), normal(states, seed + 1), normal(states, seed + 2)],
        order: 1,
      };
    });

/** Queries of one sequence, keys and values of another. */
const acrossSequences: Cases = fc
  .tuple(small, extent, extent, small, small, fc.boolean(), seeds)
  .map(([batch, t, s, heads, perHead, train, seed]) => {
    const layer = nn.layers.multiHeadAttention({ heads });
    const query = normal([batch, t, heads * perHead], seed);
    const { params, stats } = settled(layer.init(key(seed), query.shape));
    return {
      name: `multiHeadAttention of ${heads} heads across sequences`,
      f: (own: typeof params, from: Tensor, to: Tensor) =>
        layer.attend({ params: own, stats }, { query: from, key: to }, { train }).output,
      inputs: [params, query, normal([batch, s, heads * perHead], seed + 1)],
    };
  });

const embedded: Cases = fc.tuple(shapes(0, 3), extent, extent, seeds).map(([shape, count, size, seed]) => {
  const layer = nn.layers.embedding({ count, size });
  const train = true;
  return layerCase(`embedding {"count":${count},"size":${size}}`, layer, indices(shape, count, seed), {
    train,
    seed,
  });
});

/** Bags of one size and of several, of which some are empty. */
const bags: Cases = fc
  .tuple(
    fc.constantFrom("mean" as const, "sum" as const, "max" as const),
    fc.boolean(),
    fc.option(fc.constant(1)),
    small,
    seeds,
  )
  .map(([mode, ragged, paddingIndex, size, seed]) => {
    const layer = nn.layers.embeddingBag({
      count: 4,
      size,
      mode,
      ...(paddingIndex !== null && { paddingIndex }),
    });
    const table = distinct([4, size], seed);
    const given = indices(ragged ? [6] : [3, 2], 4, seed + 1);
    const offsets = tensor(Int32Array.of(0, 2, 2, 5));
    return {
      name: `embeddingBag ${mode}${ragged ? " with offsets" : ""}, padding ${paddingIndex}`,
      f: (params: nn.EmbeddingParams, weights: Tensor) =>
        layer.reduce(
          { params, stats: {} },
          { indices: given, ...(ragged && { offsets }), ...(mode === "sum" && { weights }) },
        ).output,
      inputs: [{ table }, normal(given.shape, seed + 2)],
    };
  });

const rotated: Cases = fc
  .tuple(shapes(0, 2), extent, small, fc.boolean(), fc.nat(5), seeds)
  .map(([batch, length, half, interleaved, start, seed]) => ({
    name: `rotaryEmbedding, interleaved ${interleaved}, from ${start}`,
    f: (x: Tensor) => nn.rotaryEmbedding(x, { interleaved, start }),
    inputs: [normal([...batch, length, 2 * half], seed)],
  }));

type Loss<Options> = (output: Tensor, target: Tensor, options: Options) => Tensor;

const losses = <Options>(
  name: string,
  loss: Loss<Options>,
  options: fc.Arbitrary<Options>,
  inputs: (shape: Shape, seed: number) => readonly [output: Tensor, target: Tensor],
  minRank = 0,
): Cases =>
  fc.tuple(options, shapes(minRank, 3), seeds).map(([options, shape, seed]) => ({
    name: `${name} ${JSON.stringify(options)}`,
    f: (output: Tensor, target: Tensor) => loss(output, target, options),
    inputs: inputs(shape, seed),
  }));

/** Targets of 1 and -1. */
const signs = (shape: Shape, seed: number): Tensor =>
  settled(where(bools(shape, seed), ones(shape), neg(ones(shape))));

/** Sequences of several lengths and targets of several lengths, some of them with repetitions. */
const alignments: Cases = fc
  .tuple(fc.integer({ min: 5, max: 7 }), fc.integer({ min: 0, max: 2 }), fc.boolean(), seeds)
  .map(([time, labels, padded, seed]) => {
    const targets = indices([2, labels], 2, seed + 1);
    const lengths = {
      inputLengths: tensor(Int32Array.of(time, 5)),
      targetLengths: tensor(Int32Array.of(labels, labels >> 1)),
    };
    return {
      name: `ctc of ${time} elements and ${labels} labels${padded ? " of several lengths" : ""}`,
      f: (logits: Tensor) => nn.ctc(logShare(logits), targets, { blank: 2, ...(padded && lengths) }),
      inputs: [normal([2, time, 3], seed)],
      order: 1,
    };
  });

const reduction = fc.constantFrom("mean" as const, "sum" as const, "none" as const);
const reduced = fc.record({ reduction });

/** Every public function of the layers and the losses. */
const cases: Readonly<Record<string, Cases>> = {
  linear: layers(
    "linear",
    nn.layers.linear,
    fc.tuple(shapes(1, 4), extent, fc.boolean()).map(([shape, out, bias]) => ({
      options: { out, bias },
      shape,
    })),
  ),
  conv2d: layers("conv2d", nn.layers.conv2d, convolutions),
  conv1d: layers("conv1d", nn.layers.conv1d, sequences),
  conv3d: layers("conv3d", nn.layers.conv3d, volumes),
  convTranspose1d: layers("convTranspose1d", nn.layers.convTranspose1d, transposedSequences),
  convTranspose3d: layers("convTranspose3d", nn.layers.convTranspose3d, transposedVolumes),
  depthwiseConv2d: layers(
    "depthwiseConv2d",
    nn.layers.depthwiseConv2d,
    fc.tuple(convolutions, small).map(([{ options, shape }, multiplier]) => {
      const { out: _, groups: __, ...shared } = options;
      return { options: { ...shared, multiplier }, shape };
    }),
  ),
  convTranspose2d: layers("convTranspose2d", nn.layers.convTranspose2d, transposed),
  rnn: recurrent("rnn", nn.layers.rnn),
  gru: recurrent("gru", nn.layers.gru),
  lstm: recurrent("lstm", nn.layers.lstm),
  embedding: embedded,
  embeddingBag: bags,
  rotaryEmbedding: rotated,
  sinusoidalEncoding: plain("sinusoidalEncoding", nn.layers.sinusoidalEncoding(), normal, 2),
  multiHeadAttention: fc.oneof(
    layers(
      "multiHeadAttention",
      nn.layers.multiHeadAttention,
      fc
        .tuple(small, extent, small, small, fc.boolean(), fc.boolean(), fc.constantFrom(0, 0.3))
        .map(([batch, time, heads, perHead, causal, bias, dropout]) => ({
          options: { heads, causal, bias, dropout, ...(perHead === 2 && { rotary: {} }) },
          shape: [batch, time, heads * perHead],
        })),
    ),
    acrossSequences,
  ),
  scaledDotProductAttention: attention,

  batchNorm: layers(
    "batchNorm",
    (options) => nn.layers.batchNorm({ ...options, ...affine }),
    fc
      .tuple(fc.integer({ min: 2, max: 4 }), shapes(0, 2), small, fc.boolean(), epsilon)
      .map(([batch, space, channels, affine, epsilon]) => ({
        options: { affine, epsilon },
        shape: [batch, ...space, channels],
      })),
    apart,
  ),
  instanceNorm: layers(
    "instanceNorm",
    (options) => nn.layers.instanceNorm({ ...options, ...affine }),
    fc
      .tuple(small, shapes(1, 2), small, fc.boolean(), epsilon)
      .map(([batch, space, channels, affine, epsilon]) => ({
        options: { affine, epsilon },
        shape: [batch, ...space, channels],
      })),
    apart,
  ),
  groupNorm: layers(
    "groupNorm",
    (options) => nn.layers.groupNorm({ ...options, ...affine }),
    fc
      .tuple(small, shapes(0, 2), small, small, fc.boolean(), epsilon)
      .map(([batch, space, groups, perGroup, affine, epsilon]) => ({
        options: { groups, affine, epsilon },
        shape: [batch, ...space, groups * perGroup],
      })),
    apart,
  ),
  layerNorm: layers(
    "layerNorm",
    (options) => nn.layers.layerNorm({ ...options, ...affine }),
    shapes(1, 4).chain((shape) =>
      fc
        .record({ axes: fc.integer({ min: 1, max: shape.length }), affine: fc.boolean(), epsilon })
        .map((options) => ({ options, shape })),
    ),
    apart,
  ),
  rmsNorm: plain("rmsNorm", nn.layers.rmsNorm({ weightInit: affine.weightInit }), awayFromZero, 1),

  dropout: layers(
    "dropout",
    nn.layers.dropout,
    fc.tuple(shapes(), fc.constantFrom(0, 0.3, 1)).map(([shape, options]) => ({ options, shape })),
  ),
  dropout1d: layers(
    "dropout1d",
    nn.layers.dropout1d,
    fc.tuple(shapes(3, 3), fc.constantFrom(0, 0.3, 1)).map(([shape, options]) => ({ options, shape })),
  ),
  dropout3d: layers(
    "dropout3d",
    nn.layers.dropout3d,
    fc.tuple(shapes(5, 5), fc.constantFrom(0, 0.3, 1)).map(([shape, options]) => ({ options, shape })),
  ),
  dropout2d: layers(
    "dropout2d",
    nn.layers.dropout2d,
    fc.tuple(shapes(4, 4), fc.constantFrom(0, 0.3, 1)).map(([shape, options]) => ({ options, shape })),
  ),
  maxPool2d: layers("maxPool2d", nn.layers.maxPool2d, pools, distinct),
  avgPool2d: layers("avgPool2d", nn.layers.avgPool2d, pools),
  maxPool1d: layers("maxPool1d", nn.layers.maxPool1d, poolsOf(1), distinct),
  maxPool3d: layers("maxPool3d", nn.layers.maxPool3d, poolsOf(3), distinct),
  avgPool1d: layers("avgPool1d", nn.layers.avgPool1d, poolsOf(1)),
  avgPool3d: layers("avgPool3d", nn.layers.avgPool3d, poolsOf(3)),
  adaptiveAvgPool1d: layers("adaptiveAvgPool1d", nn.layers.adaptiveAvgPool1d, covered(1)),
  adaptiveAvgPool2d: layers("adaptiveAvgPool2d", nn.layers.adaptiveAvgPool2d, covered(2)),
  adaptiveAvgPool3d: layers("adaptiveAvgPool3d", nn.layers.adaptiveAvgPool3d, covered(3)),
  adaptiveMaxPool1d: layers("adaptiveMaxPool1d", nn.layers.adaptiveMaxPool1d, covered(1), distinct),
  adaptiveMaxPool2d: layers("adaptiveMaxPool2d", nn.layers.adaptiveMaxPool2d, covered(2), distinct),
  adaptiveMaxPool3d: layers("adaptiveMaxPool3d", nn.layers.adaptiveMaxPool3d, covered(3), distinct),
  pixelShuffle: layers(
    "pixelShuffle",
    nn.layers.pixelShuffle,
    images.map(([batch, height, width, channels]) => ({
      options: 2,
      shape: [batch, height, width, 4 * channels],
    })),
  ),
  pixelUnshuffle: layers(
    "pixelUnshuffle",
    nn.layers.pixelUnshuffle,
    images.map(([batch, height, width, channels]) => ({
      options: 2,
      shape: [batch, 2 * height, 2 * width, channels],
    })),
  ),
  globalAvgPool2d: layers(
    "globalAvgPool2d",
    nn.layers.globalAvgPool2d,
    images.map((shape) => ({ options: undefined, shape })),
  ),
  upsample2d: layers(
    "upsample2d",
    nn.layers.upsample2d,
    fc
      .tuple(images, fc.tuple(small, small), fc.constantFrom("nearest" as const, "bilinear" as const))
      .map(([shape, scale, mode]) => ({ options: { scale, mode }, shape })),
  ),
  flatten: layers(
    "flatten",
    nn.layers.flatten,
    shapes().chain((shape) => fc.nat(shape.length).map((options) => ({ options, shape }))),
  ),

  relu: plain("relu", nn.layers.relu(), awayFromZero),
  leakyRelu: layers(
    "leakyRelu",
    nn.layers.leakyRelu,
    fc.tuple(shapes(), fc.constantFrom(0, 0.01, 0.2, 1)).map(([shape, options]) => ({ options, shape })),
    awayFromZero,
  ),
  elu: plain("elu", nn.layers.elu(), awayFromZero),
  sigmoid: plain("sigmoid", nn.layers.sigmoid()),
  tanh: plain("tanh", nn.layers.tanh()),
  softplus: plain("softplus", nn.layers.softplus()),
  silu: plain("silu", nn.layers.silu()),
  gelu: layers(
    "gelu",
    nn.layers.gelu,
    fc
      .tuple(shapes(), fc.constantFrom("none" as const, "tanh" as const))
      .map(([shape, approximate]) => ({ options: { approximate }, shape })),
  ),
  selu: plain("selu", nn.layers.selu(), awayFromZero),
  mish: plain("mish", nn.layers.mish()),
  relu6: plain("relu6", nn.layers.relu6(), awayFromZero),
  hardSigmoid: plain("hardSigmoid", nn.layers.hardSigmoid()),
  hardSwish: plain("hardSwish", nn.layers.hardSwish()),
  logSigmoid: plain("logSigmoid", nn.layers.logSigmoid()),
  glu: layers(
    "glu",
    nn.layers.glu,
    shapes(0, 3).map((shape) => ({ options: -1, shape: [...shape, 4] })),
  ),
  softmax: layers("softmax", nn.layers.softmax, alongAnAxis),
  logSoftmax: layers("logSoftmax", nn.layers.logSoftmax, alongAnAxis),

  identity: plain("identity", nn.layers.identity()),
  lambda: plain(
    "lambda",
    nn.layers.lambda("square", (x) => square(x)),
  ),
  child: layers("child", (size) => nn.child("inner", 1, body(size)), features),
  call: fc.tuple(features, seeds).map(([{ options: size, shape }, seed]) => {
    const layer = nn.layers.linear({ out: size });
    return {
      name: `call of a linear layer of ${size}`,
      f: (params: nn.ParamsOf<typeof layer>, x: Tensor) => nn.call(layer, params, x),
      inputs: [settled(layer.init(key(seed), shape)).params, normal(shape, seed)],
    };
  }),
  // One of its layers is applied twice, and one within a record.
  custom: layers(
    "custom",
    (size) =>
      nn.layers.custom("twice", { shared: body(size), inner: { gate: body(size) } }, ({ shared, inner }, x) =>
        mul(shared(shared(x)), inner.gate(x)),
      ),
    features,
  ),
  sequential: layers(
    "sequential",
    (depth) =>
      nn.layers.sequential(
        ...Array.from({ length: depth }, () =>
          nn.layers.sequential(nn.layers.linear({ out: 2 }), nn.layers.dropout(0.3), nn.layers.silu()),
        ),
      ),
    fc.tuple(shapes(1, 3), small).map(([shape, options]) => ({ options, shape })),
  ),
  residual: layers(
    "residual",
    ({ size, shortcut }) =>
      shortcut
        ? nn.layers.residual(body(size + 1), nn.layers.linear({ out: size + 1 }))
        : nn.layers.residual(body(size)),
    fc
      .tuple(features, fc.boolean())
      .map(([{ options: size, shape }, shortcut]) => ({ options: { size, shortcut }, shape })),
  ),
  parallel: layers(
    "parallel",
    ({ size, combine }) =>
      nn.layers.parallel({ a: body(size), b: nn.layers.tanh(), c: body(size) }, { combine }),
    fc
      .tuple(features, fc.constantFrom("concat" as const, "sum" as const))
      .map(([{ options: size, shape }, combine]) => ({ options: { size, combine }, shape })),
  ),
  // A U-Net of one level: down, a layer with a skip around it, up.
  skip: layers(
    "skip",
    (channels) =>
      nn.layers.sequential(
        nn.layers.conv2d({ out: channels, kernel: 4, stride: 2, padding: 1 }),
        nn.layers.skip(
          nn.layers.sequential(
            nn.layers.silu(),
            nn.layers.conv2d({ out: 2, kernel: 3, padding: 1 }),
            nn.layers.instanceNorm(),
          ),
        ),
        nn.layers.convTranspose2d({ out: 1, kernel: 4, stride: 2, padding: 1 }),
        nn.layers.tanh(),
      ),
    fc.tuple(small, small, small, small).map(([batch, height, width, options]) => ({
      options,
      shape: [batch, 2 * height + 2, 2 * width + 2, 1],
    })),
  ),

  mse: losses("mse", nn.mse, reduced, (shape, seed) => [normal(shape, seed), normal(shape, seed + 1)]),
  l1: losses("l1", nn.l1, reduced, (shape, seed) => [
    distinct(shape, seed),
    betweenDistinct(shape, seed + 1),
  ]),
  // Distances are odd multiples of 0.05, and so 0.05 from every delta.
  huber: losses(
    "huber",
    nn.huber,
    fc.record({ reduction, delta: fc.constantFrom(0.1, 0.7, 2) }),
    (shape, seed) => [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
  ),
  crossEntropy: fc.oneof(
    losses(
      "crossEntropy with class indices",
      nn.crossEntropy,
      fc.record({ reduction, labelSmoothing: fc.constantFrom(0, 0.1) }),
      (shape, seed) => [normal(shape, seed), indices(shape.slice(0, -1), shape.at(-1)!, seed + 1)],
      1,
    ),
    losses(
      "crossEntropy with weights, class 0 ignored",
      (output, target, options) =>
        nn.crossEntropy(output, target, { ...options, weight: positive(output.shape.slice(-1), 5) }),
      fc.record({
        reduction: fc.constantFrom("sum" as const, "none" as const),
        labelSmoothing: fc.constantFrom(0, 0.1),
        ignoreIndex: fc.constant(0),
      }),
      (shape, seed) => [normal(shape, seed), indices(shape.slice(0, -1), shape.at(-1)!, seed + 1)],
      1,
    ),
    losses(
      "crossEntropy with probabilities",
      nn.crossEntropy,
      fc.record({ reduction, labelSmoothing: fc.constantFrom(0, 0.1) }),
      (shape, seed) => [normal(shape, seed), settled(share(normal(shape, seed + 1), -1))],
      1,
    ),
  ),
  binaryCrossEntropyWithLogits: losses(
    "binaryCrossEntropyWithLogits",
    nn.binaryCrossEntropyWithLogits,
    fc.record({ reduction, posWeight: fc.constantFrom(1, 2.5) }),
    (shape, seed) => [distinct(shape, seed), settled(probability(normal(shape, seed + 1)))],
  ),
  smoothL1: losses(
    "smoothL1",
    nn.smoothL1,
    fc.record({ reduction, beta: fc.constantFrom(0, 0.1, 0.7) }),
    (shape, seed) => [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
  ),
  binaryCrossEntropy: losses("binaryCrossEntropy", nn.binaryCrossEntropy, reduced, (shape, seed) => [
    settled(probability(normal(shape, seed))),
    settled(probability(normal(shape, seed + 1))),
  ]),
  nll: losses(
    "nll",
    nn.nll,
    fc.record({ reduction, ignoreIndex: fc.constant(7) }),
    (shape, seed) => [normal(shape, seed), indices(shape.slice(0, -1), shape.at(-1)!, seed + 1)],
    1,
  ),
  ctc: alignments,
  // Every value is away from its counterparts, the two distances from the negative are from one another, and all are from a margin of 20.
  tripletMargin: fc
    .tuple(fc.constantFrom(1, 2, 3), fc.boolean(), fc.constantFrom(-5, 6), reduction, shapes(1, 3), seeds)
    .map(([p, swap, apart, reduction, shape, seed]) => ({
      name: `tripletMargin of norm ${p}, swap ${swap}`,
      f: (a: Tensor, positive: Tensor, negative: Tensor) =>
        nn.tripletMargin(a, add(positive, 4), add(negative, apart), { p, swap, margin: 20, reduction }),
      inputs: [withinOne(shape, seed), withinOne(shape, seed + 1), withinOne(shape, seed + 2)],
    })),
  pairwiseDistance: losses(
    "pairwiseDistance",
    nn.pairwiseDistance,
    fc.record({ p: fc.constantFrom(1, 2, 3) }),
    (shape, seed) => [normal(shape, seed), normal(shape, seed + 1)],
    1,
  ),
  // With a single feature a cosine is a sign.
  cosineSimilarity: fc.tuple(shapes(0, 2), seeds).map(([shape, seed]) => ({
    name: "cosineSimilarity",
    f: (a: Tensor, b: Tensor) => nn.cosineSimilarity(a, b),
    inputs: [awayFromZero([...shape, 3], seed), awayFromZero([...shape, 3], seed + 1)],
  })),
  // No cosine is near the margin of -2.
  cosineEmbedding: fc.tuple(reduction, shapes(0, 2), seeds).map(([reduction, shape, seed]) => ({
    name: "cosineEmbedding",
    f: (a: Tensor, b: Tensor) => nn.cosineEmbedding(a, b, signs(shape, seed + 2), { margin: -2, reduction }),
    inputs: [awayFromZero([...shape, 3], seed), awayFromZero([...shape, 3], seed + 1)],
  })),
  hinge: losses(
    "hinge",
    (output, target, options) => nn.hinge(output, target, { ...options, margin: 0 }),
    fc.record({ reduction, squared: fc.boolean() }),
    (shape, seed) => [awayFromZero(shape, seed), signs(shape, seed + 1)],
  ),
  hingeEmbedding: fc.tuple(reduction, shapes(0, 3), seeds).map(([reduction, shape, seed]) => ({
    name: "hingeEmbedding",
    f: (x: Tensor) => nn.hingeEmbedding(x, signs(shape, seed + 1), { reduction, margin: 0 }),
    inputs: [awayFromZero(shape, seed)],
  })),
  softMargin: losses("softMargin", nn.softMargin, reduced, (shape, seed) => [
    normal(shape, seed),
    signs(shape, seed + 1),
  ]),
  marginRanking: fc.tuple(reduction, shapes(0, 3), seeds).map(([reduction, shape, seed]) => ({
    name: "marginRanking",
    f: (a: Tensor, b: Tensor) => nn.marginRanking(a, b, signs(shape, seed + 2), { reduction }),
    inputs: [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
  })),
  multiMargin: losses(
    "multiMargin",
    (output, target, options) => nn.multiMargin(output, target, { ...options, margin: 0.05 }),
    fc.record({ reduction, p: fc.constantFrom(1 as const, 2 as const) }),
    (shape, seed) => [distinct(shape, seed), indices(shape.slice(0, -1), shape.at(-1)!, seed + 1)],
    1,
  ),
  multilabelSoftMargin: losses(
    "multilabelSoftMargin",
    nn.multilabelSoftMargin,
    reduced,
    (shape, seed) => [normal(shape, seed), settled(probability(normal(shape, seed + 1)))],
    1,
  ),
  focal: losses(
    "focal",
    nn.focal,
    fc.record({ reduction, alpha: fc.constantFrom(0.25, false as const), gamma: fc.constantFrom(0, 1.5, 2) }),
    (shape, seed) => [distinct(shape, seed), settled(probability(normal(shape, seed + 1)))],
  ),
  dice: losses(
    "dice",
    nn.dice,
    fc.record({ reduction, squared: fc.boolean() }),
    (shape, seed) => [positive(shape, seed), positive(shape, seed + 1)],
    3,
  ),
  gaussianNll: fc
    .tuple(reduction, fc.boolean(), shapes(0, 3), seeds)
    .map(([reduction, full, shape, seed]) => ({
      name: "gaussianNll",
      f: (output: Tensor, target: Tensor, variance: Tensor) =>
        nn.gaussianNll(output, target, variance, { reduction, full }),
      inputs: [normal(shape, seed), normal(shape, seed + 1), positive(shape, seed + 2)],
    })),
  poissonNll: fc
    .tuple(reduction, fc.boolean(), fc.boolean(), shapes(0, 3), seeds)
    .map(([reduction, logInput, full, shape, seed]) => ({
      name: `poissonNll of ${logInput ? "logarithms of rates" : "rates"}`,
      f: (output: Tensor) => nn.poissonNll(output, positive(shape, seed + 1), { reduction, logInput, full }),
      inputs: [positive(shape, seed)],
    })),
  klDivergence: losses(
    "klDivergence",
    nn.klDivergence,
    fc.record({
      reduction: fc.oneof(reduction, fc.constant("batchMean" as const)),
      logTarget: fc.boolean(),
    }),
    (shape, seed) => [normal(shape, seed), positive(shape, seed + 1)],
    1,
  ),
};

describe("gradients of layers and losses on random shapes, to second order", () => {
  for (const [name, arbitrary] of Object.entries(cases)) it(name, () => checkCases(arbitrary));

  it("has cases for every public layer and loss, and for nothing else", async () => {
    const published = new Set<unknown>(Object.values({ ...nn, ...nn.layers }));
    const folders = ["../src/layers/", "../src/losses/"].map((folder) => new URL(folder, import.meta.url));
    const functions = (await Promise.all(folders.map(functionsIn))).flatMap((found) => [...found]);
    const names = functions.filter(([, value]) => published.has(value)).map(([name]) => name);
    expect(Object.keys(cases).sort()).toEqual(names.sort());
  });
});

describe("a layer with a wrong gradient", () => {
  const threefold = customVjp(
    (x: Tensor) => square(x),
    (g, [x]) => [mul(mul(g, x), 3)],
  );
  const wrong = layers(
    "threefold",
    ({ axis }) => nn.layers.lambda("threefold", (x) => concat([x, threefold(x)], axis)),
    shapes(2, 2).map((shape) => ({ options: { axis: 1 }, shape })),
    awayFromZero,
  );

  it("is reported with its options, its shape, the seed and the worst element", () => {
    const expected = [
      String.raw`threefold\({"axis":1}\)( in training)? at f32 \[1,1\], seed \d+:`,
      String.raw`checkGradients: the gradient of order 1 is wrong \(seed \d+, projection 0\): analytic .*, numeric .*`,
      String.raw`  inputs: input 1 f32 \[1,1\]`,
      String.raw`  worst element: input 1 \[0,0\] = .*: analytic .*, numeric .*`,
    ];
    expect(() => checkCases(wrong)).toThrow(new RegExp(expected.join(String.raw`\n`)));
  });
});
