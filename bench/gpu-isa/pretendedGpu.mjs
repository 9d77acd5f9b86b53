/**
 * node bench/gpu-isa/pretendedGpu.mjs REQUEST RESULT, started by run.mjs with a driver that pretends to have a GPU: compiles kernels one after the other, with a line on
 * stderr before and after each, between which the driver prints what it made of it. Nothing is executed, and what is read back means nothing.
 */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { clidim } from "@clidim/clidim";
import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import {
  cast,
  compile,
  conv2d,
  conv2dWeightGradient,
  convTranspose2d,
  Device,
  evaluate,
  matmul,
  setDefaultDevice,
  zeros,
} from "@clidim/tensor";
import { rowsFor } from "../rows.mjs";

const [requestFile, resultFile] = process.argv.slice(2);
/** What run.mjs asks for: tiles, dtypes, steps; `matrices`: as if subgroup matrices had passed their trial. */
const request = JSON.parse(readFileSync(requestFile, "utf8"));

const device = await Device.open({ kernels: "gpu" });
setDefaultDevice(device);
if (request.matrices && device.traits.features.has("chromium-experimental-subgroup-matrix")) {
  Object.assign(device, {
    traits: { ...device.traits, subgroupMatrix: { rows: 16, columns: 16, depth: 16 } },
  });
}

const kernels = [];
const known = new Map();
const compileKernel = device.pipeline.bind(device);
let last = Promise.resolve();
/** The texts that were asked for since this was emptied. */
const asked = new Set();
device.pipeline = (kernel) => {
  asked.add(kernel.code);
  const compiled =
    known.get(kernel.code) ??
    last.then(async () => {
      const number = kernels.push({ label: kernel.label, text: kernel.code }) - 1;
      writeSync(2, `\n@@@ begin ${number}\n`);
      const pipeline = await compileKernel(kernel);
      writeSync(2, `\n@@@ end ${number}\n`);
      return pipeline;
    });
  known.set(kernel.code, compiled);
  last = compiled.catch(() => undefined);
  return compiled;
};

/** The tile that every product takes for which it is a candidate, with matrices where it can have them. */
let tile;
const choose = device.tiles.choose.bind(device.tiles);
device.tiles.choose = (question) =>
  [`matrices ${tile}`, tile].find((name) => question.candidates.includes(name)) ?? choose(question);

/**
 * A product, and a layer of the paper's networks, batch 32, with both adjoints: a large square one and layer c4 of the discriminator, 4 x 4 taps, stride 1; for the tile of results of few columns a
 * product with a vector, and layers of one channel: c5 of the discriminator, and u1 of the generator, of stride 2.
 */
async function products(dtype) {
  const input = (...shape) => cast(zeros(shape), dtype);
  const large = {
    factors: [input(4096, 4096), input(4096, 4096)],
    forward: [input(32, 32, 32, 256), input(4, 4, 256, 512), { stride: 1, padding: 1 }],
    transposed: [
      input(32, 31, 31, 512),
      input(4, 4, 256, 512),
      { stride: 1, padding: 1, outputSize: [32, 32] },
    ],
    weight: [input(32, 32, 32, 256), input(32, 31, 31, 512), { stride: 1, padding: 1, kernelSize: [4, 4] }],
  };
  const thin = {
    factors: [input(4096, 4096), input(4096, 1)],
    forward: [input(32, 31, 31, 512), input(4, 4, 512, 1), { stride: 1, padding: 1 }],
    transposed: [
      input(32, 128, 128, 128),
      input(4, 4, 1, 128),
      { stride: 2, padding: 1, outputSize: [256, 256] },
    ],
    weight: [input(32, 31, 31, 512), input(32, 30, 30, 1), { stride: 1, padding: 1, kernelSize: [4, 4] }],
  };
  const { factors, forward, transposed, weight } = tile === "64x4" ? thin : large;
  const operands = [factors, forward, transposed, weight].map(([a, b]) => ({ a, b }));
  await evaluate(operands);
  const compiled = compile(([p, f, t, w]) => [
    matmul(p.a, p.b),
    conv2d(f.a, f.b, forward[2]),
    convTranspose2d(t.a, t.b, transposed[2]),
    conv2dWeightGradient(w.a, w.b, weight[2]),
  ]);
  for (const result of await compiled(operands)) result.dispose();
}

/** The commands of one training step by the first word of their kernels, as bench/rows.mjs configures it, and how many kernels its first run compiles. */
async function dispatchesOf(name, precision) {
  const row = rowsFor({ gpu: true, sizes: [] }).find((other) => other.name === name);
  const { preset, ...changes } = row.spec.configuration;
  const configuration = resolveConfiguration(clidim, preset, { ...changes, precision });
  const { batch, crop } = configuration;
  const images = { noisy: zeros([batch, crop, crop, 1]), clean: zeros([batch, crop, crop, 1]) };
  const step = compile(trainingUpdate(configuration, clidim.phases(configuration).at(-1)), { donate: [0] });
  const state = initialTrainingState(clidim, configuration, 1);
  await evaluate([state, images]);
  asked.clear();
  const warm = await step(state, images);
  const compiled = asked.size;
  const counts = {};
  device.profiler = {
    next: (label) => {
      const [word] = label.split(" ");
      counts[word] = (counts[word] ?? 0) + 1;
    },
  };
  await step(warm, images);
  device.profiler = undefined;
  return { name, precision, counts, compiled };
}

for (const dtype of request.dtypes) {
  for (tile of request.tiles) await products(dtype);
  tile = undefined;
}
for (const code of request.texts) {
  await device.pipeline({ label: "text", code, bindings: ["read", "write"], immediateSize: 0 });
}
const steps = [];
for (const { name, precision } of request.steps) steps.push(await dispatchesOf(name, precision));
const { description, architecture } = device.info;
writeFileSync(resultFile, JSON.stringify({ adapter: `${description}, ${architecture}`, kernels, steps }));
// Dawn keeps the process alive.
process.exit(0);
