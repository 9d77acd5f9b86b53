/** This project, as the benchmark's child process; with the argument "wasm" on the processor by WebAssembly. */
import { writeFileSync } from "node:fs";
import { clidim, generatorOf } from "@clidim/clidim";
import {
  denoiser,
  initialTrainingState,
  readMetrics,
  resetMetrics,
  resolveConfiguration,
  trainingUpdate,
} from "@clidim/denoise";
import { exportStateDict } from "@clidim/nn";
import {
  compile,
  conv2d,
  conv2dWeightGradient,
  convTranspose2d,
  Device,
  evaluate,
  key,
  matmul,
  setDefaultDevice,
  tensor,
  writeSafetensors,
} from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { calls, globals } from "./dawn.mjs";
import { waitPatiently } from "./patience.mjs";
import { serve } from "./serve.mjs";
import { fingerprint, values } from "./values.mjs";

const onProcessor = process.argv[2] === "wasm";

/** @type {Device | WasmExecutor} */
let device;

// All implementations wait in the same way.
const patience = waitPatiently(globals);
const finish = () => (onProcessor ? device.synchronize() : device.gpu.queue.onSubmittedWorkDone());

serve({
  calls,
  forgetDurations: () => patience.forget(),
  async start() {
    device = onProcessor ? new WasmExecutor() : await Device.open();
    setDefaultDevice(device);
    if (onProcessor) return { adapter: String(device) };
    const { vendor, architecture, description } = device.info;
    const { kind, features, limits, subgroupSize } = device.traits;
    return {
      adapter: String(device),
      info: { vendor, architecture, device: device.info.device, description },
      matrices: [...(device.info.subgroupMatrixConfigs ?? [])].map(
        ({ componentType, resultComponentType, M, N, K }) => ({
          componentType,
          resultComponentType,
          M,
          N,
          K,
        }),
      ),
      kind,
      subgroupSize,
      features: [...features],
      limits,
    };
  },
  prepare: (row) => kinds[row.kind](row),
});

const filled = (shape, seed) =>
  tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape },
  );

/** A compiled function of tensors; the memory of a result goes back as soon as its work is queued. */
async function repeated(f, inputs) {
  const compiled = compile(f);
  await evaluate(inputs);
  let last;
  const drop = () => last?.donate("benchmark").release();
  return {
    async run() {
      drop();
      last = await compiled(...inputs);
    },
    finish,
    result: async () => fingerprint(await last.data()),
    dispose() {
      drop();
      for (const input of inputs) input.donate("benchmark").release();
      if (!onProcessor) device.pool.trim();
    },
  };
}

const kinds = {
  matmul: ({ n }) => repeated((a, b) => matmul(a, b), [filled([n, n], 1), filled([n, n], 2)]),

  /** Products that each wait for the one before: what a dispatch costs. */
  chain({ n, length }) {
    const product = (a, b) => {
      let x = a;
      for (let i = 0; i < length; i++) x = matmul(x, b);
      return x;
    };
    return repeated(product, [filled([n, n], 1), filled([n, n], 2)]);
  },

  convolution({ op, batch, stride, fine, coarse }) {
    const x = filled([batch, fine.side, fine.side, fine.channels], 1);
    const y = filled([batch, coarse.side, coarse.side, coarse.channels], 2);
    const w = filled([4, 4, fine.channels, coarse.channels], 3);
    const geometry = { stride, padding: 1 };
    const outputSize = [fine.side, fine.side];
    switch (op) {
      case "down":
        return repeated((a, b) => conv2d(a, b, geometry), [x, w]);
      case "up":
        return repeated((a, b) => convTranspose2d(a, b, { ...geometry, outputSize }), [y, w]);
      case "weight":
        return repeated((a, b) => conv2dWeightGradient(a, b, { ...geometry, kernelSize: [4, 4] }), [x, y]);
      default:
        throw new Error(`no convolution ${op}`);
    }
  },

  step: trainingStepOf,
  "contrastive step": trainingStepOf,

  async inference({ configuration: { preset, ...changes }, size, weights }) {
    const configuration = resolveConfiguration(clidim, preset, changes);
    const variables = generatorOf(configuration).init(key(1), [1, size, size, 1]);
    await evaluate([variables]);
    await writeNetworks(weights, { generator: variables }, {});
    const denoise = denoiser(clidim, configuration, variables);
    const page = values(size * size, 4).map((value) => 1.6 * value);
    let output;
    return {
      async run() {
        output = await denoise(page, size, size);
      },
      waits: true,
      finish: async () => {},
      result: async () => fingerprint(output),
    };
  },
};

async function trainingStepOf({ configuration: { preset, ...changes }, weights }) {
  const configuration = resolveConfiguration(clidim, preset, changes);
  const { batch, crop } = configuration;
  const shape = [batch, crop, crop, 1];
  // Uniform in [-0.8, 0.8], as normalised images are.
  const image = (seed) =>
    tensor(
      values(batch * crop * crop, seed).map((value) => 1.6 * value),
      { shape },
    );
  const images = { noisy: image(4), clean: image(5) };
  let state = initialTrainingState(clidim, configuration, 1);
  await evaluate([state, images]);
  await writeNetworks(
    weights,
    // Without an adversarial term there is no discriminator.
    {
      generator: state.method.generator,
      ...(state.method.discriminator && { discriminator: state.method.discriminator }),
    },
    images,
  );
  const step = compile(trainingUpdate(configuration, clidim.phases(configuration).at(-1)), { donate: [0] });
  return {
    async run() {
      state = await step(state, images);
    },
    finish,
    async result() {
      const { means } = await readMetrics(state);
      state = resetMetrics(state);
      await evaluate(state);
      return means;
    },
  };
}

/** Where the peers find the same networks and images. */
async function writeNetworks(file, networks, images) {
  const tensors = { ...images };
  for (const [network, variables] of Object.entries(networks)) {
    for (const [name, leaf] of Object.entries(exportStateDict(variables)))
      tensors[`${network}.${name}`] = leaf;
  }
  await evaluate(tensors);
  const host = {};
  for (const [name, leaf] of Object.entries(tensors)) {
    host[name] = { dtype: leaf.dtype, shape: leaf.shape, data: await leaf.data() };
  }
  writeFileSync(file, writeSafetensors(host));
}
