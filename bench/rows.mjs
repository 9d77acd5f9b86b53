import { layerNamed } from "./networks.mjs";
import {
  contrastiveStepWork,
  convolutionWork,
  generatorStepWork,
  inferenceWork,
  matmulWork,
  trainingStepWork,
} from "./work.mjs";

/**
 * What is measured. A row's `spec` is what every implementation is told; `parts` is the work, operation by operation.
 *
 * @typedef {{ name: string, group: string, spec: object, parts: import("./work.mjs").Work[] }} Row
 */

/** Sizes and losses that decide the work of a step, of two of the presets. */
// The published generator, which the peers have too.
const laptop = { preset: "laptop", output: "tanh", downs: 6, ngf: 16, ndf: 16, crop: 64, batch: 16 };
const paper = { preset: "as-printed", downs: 7, ngf: 64, ndf: 64, crop: 256, batch: 32 };

/**
 * The same for all: no dropout, as then the losses of all implementations can be compared; normalised images come in as they are; the
 * sum of the total variation is divided by the pixels.
 */
const comparable = {
  dropout: 0,
  learningRate: 2e-4,
  updates: 1_000_000,
  constantRate: 1,
  beta1: 0.5,
  beta2: 0.999,
  ssimWindow: 5,
  tvReduction: "mean",
  normalization: { mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 },
  contrastive: { mode: "off" },
};
const allTerms = { gan: 1, l1: 100, ssim: 10, tv: 6.5536 };
const onlyL1 = { gan: 0, l1: 100, ssim: 0, tv: 0 };

const convolutions = {
  d2: "a down layer with few channels",
  d4: "a down layer with many",
  u2: "an up layer with few channels",
  u5: "an up layer with many",
  c4: "the discriminator's layer of stride 1",
};

/** @returns {Row[]} */
export function rowsFor({ gpu, sizes }) {
  const configuration = gpu ? paper : laptop;
  const preset = gpu ? "paper" : "laptop";
  return [
    { name: "chain", group: "chain", spec: { kind: "chain", n: 16, length: 256 }, parts: [] },
    ...sizes.map((n) => ({
      name: `matmul.${n}`,
      group: "matmul",
      spec: { kind: "matmul", n },
      parts: [matmulWork(n)],
    })),
    ...Object.keys(convolutions).flatMap((layer) => convolutionRows(configuration, preset, layer)),
    ...(gpu ? [laptop, paper] : [laptop]).flatMap(stepRows),
    ...(gpu ? [laptop, paper] : [laptop]).map((of) => inferenceRow(of, 1024)),
  ];
}

function convolutionRows(configuration, preset, name) {
  const { batch } = configuration;
  const layer = layerNamed(configuration, name);
  const ends = [
    { side: layer.hin, channels: layer.cin },
    { side: layer.hout, channels: layer.cout },
  ];
  // The adjoint of a convolution is a transposed one, and the other way round.
  const [fine, coarse] = layer.transposed ? ends.toReversed() : ends;
  const operations = {
    forward: layer.transposed ? "up" : "down",
    "input-gradient": layer.transposed ? "down" : "up",
    "weight-gradient": "weight",
  };
  return Object.entries(operations).map(([pass, op]) => ({
    name: `conv.${preset}.${name}.${pass}`,
    group: "conv",
    spec: { kind: "convolution", op, batch, stride: layer.stride, fine, coarse },
    parts: [convolutionWork(layer, batch)],
  }));
}

const presetName = ({ preset }) => (preset === "laptop" ? "laptop" : "paper");

function stepRows(configuration) {
  const name = presetName(configuration);
  const common = { ...configuration, ...comparable, weights: allTerms };
  const row = (variant, kind, changes, parts) => ({
    name: `step.${name}.${variant}`,
    group: `step.${name}.${variant}`,
    spec: { kind, configuration: { ...common, ...changes } },
    parts,
  });
  return [
    row("l1", "step", { weights: onlyL1 }, generatorStepWork(configuration)),
    row("clidim", "step", {}, trainingStepWork(configuration)),
    // Nobody else has this one.
    row(
      "contrastive",
      "contrastive step",
      { contrastive: { mode: "disc", maskOverlap: 1 } },
      contrastiveStepWork(configuration),
    ),
  ];
}

const inferenceRow = (configuration, size) => ({
  name: `inference.${presetName(configuration)}.${size}`,
  group: `inference.${presetName(configuration)}`,
  spec: { kind: "inference", configuration: { ...configuration, dropout: 0 }, size },
  parts: inferenceWork(configuration, size),
});
