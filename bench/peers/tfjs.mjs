/** TensorFlow.js with its WebGPU backend: eager, the same networks and the same step. */
import { calls, forgetDurations, pretendBrowser } from "../dawn.mjs";
import { gaussianMatrix } from "../gaussianMatrix.mjs";
import { serve } from "../serve.mjs";
import { fingerprint, transposed, values } from "../values.mjs";
import { readWeights } from "../weights.mjs";

const deviceOf = await pretendBrowser();
const { default: tf } = await import("@tensorflow/tfjs");
await import("@tensorflow/tfjs-backend-webgpu");

serve({
  calls,
  forgetDurations,
  async start() {
    await tf.setBackend("webgpu");
    await tf.ready();
    if (tf.getBackend() !== "webgpu") throw new Error(`tfjs runs on ${tf.getBackend()}`);
    return { version: tf.version.tfjs };
  },
  prepare: (row) => kinds[row.kind](row),
});

const filled = (shape, seed) =>
  tf.tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );

/** Queues what the backend has recorded, and waits for it. */
function finish() {
  const backend = tf.backend();
  backend.endComputePassEncoder();
  if (backend.commandEncoder) backend.submitQueue();
  return deviceOf().queue.onSubmittedWorkDone();
}

function repeated(f, inputs) {
  let last;
  return {
    run() {
      last?.dispose();
      last = tf.tidy(() => f(...inputs));
    },
    finish,
    result: async () => fingerprint(await last.data()),
    dispose: () => tf.dispose([last, ...inputs]),
  };
}

const kinds = {
  matmul: ({ n }) => repeated((a, b) => tf.matMul(a, b), [filled([n, n], 1), filled([n, n], 2)]),

  chain({ n, length }) {
    const product = (a, b) => {
      let x = a;
      for (let i = 0; i < length; i++) x = tf.matMul(x, b);
      return x;
    };
    return repeated(product, [filled([n, n], 1), filled([n, n], 2)]);
  },

  convolution({ op, batch, stride, fine, coarse }) {
    const x = filled([batch, fine.side, fine.side, fine.channels], 1);
    const y = filled([batch, coarse.side, coarse.side, coarse.channels], 2);
    const w = filled([4, 4, fine.channels, coarse.channels], 3);
    const attributes = { strides: stride, pad: 1, dataFormat: "NHWC", dimRoundingMode: "floor" };
    const kernel = (name, inputs, more) => tf.engine().runKernel(name, inputs, { ...attributes, ...more });
    switch (op) {
      case "down":
        return repeated((a, b) => kernel("Conv2D", { x: a, filter: b }, { dilations: [1, 1] }), [x, w]);
      case "up":
        return repeated(
          (a, b) => kernel("Conv2DBackpropInput", { dy: a, filter: b }, { inputShape: x.shape }),
          [y, w],
        );
      case "weight":
        return repeated(
          (a, b) => kernel("Conv2DBackpropFilter", { x: a, dy: b }, { filterShape: w.shape }),
          [x, y],
        );
      default:
        throw new Error(`no convolution ${op}`);
    }
  },

  step({ configuration, weights }) {
    const { batch, crop, learningRate, beta1, beta2 } = configuration;
    const tensors = loadWeights(weights);
    const { noisy, clean } = tensors;
    const [generator, discriminator] = ["generator", "discriminator"].map((name) => network(tensors, name));
    const optimizers = [0, 1].map(() => tf.train.adam(learningRate, beta1, beta2, 1e-8));
    const terms = lossTerms(
      configuration,
      tf.tensor2d(gaussianMatrix(crop), [crop, crop]),
      batch * crop * crop,
    );
    let losses = {};
    /** An update of `net` along the gradient of f, whose other effects happen once. */
    const update = (net, optimizer, f) => {
      const { value, grads } = tf.variableGrads(f, net.parameters);
      optimizer.applyGradients(grads);
      return value;
    };
    return {
      run() {
        tf.dispose(losses);
        losses = tf.tidy(() => {
          const judge = (image) => patchGan(discriminator, tf.concat([noisy, image], 3));
          let parts;
          const loss = update(generator, optimizers[0], () => {
            const fake = unet(generator, noisy, configuration, true);
            parts = terms(fake, clean);
            if (configuration.weights.gan > 0) {
              parts.discriminator = update(discriminator, optimizers[1], () =>
                tf.mul(0.5, tf.add(ganLoss(judge(fake), false), ganLoss(judge(clean), true))),
              );
              parts.gan = ganLoss(judge(fake), true);
            }
            // What is not returned from here would be freed on the way out.
            for (const part of Object.values(parts)) tf.keep(part);
            return tf.addN(
              Object.entries(configuration.weights)
                .filter(([, weight]) => weight > 0)
                .map(([name, weight]) => tf.mul(weight, parts[name === "ssim" ? "dssim" : name])),
            );
          });
          return { ...parts, generator: loss };
        });
      },
      finish,
      async result() {
        const read = async ([name, loss]) => [name, (await loss.data())[0]];
        return Object.fromEntries(await Promise.all(Object.entries(losses).map(read)));
      },
    };
  },

  inference({ configuration, size, weights }) {
    const generator = network(loadWeights(weights), "generator");
    const page = values(size * size, 4).map((value) => 1.6 * value);
    let output;
    return {
      async run() {
        const x = tf.tensor4d(page, [1, size, size, 1]);
        const y = tf.tidy(() => unet(generator, x, configuration, false));
        output = await y.data();
        tf.dispose([x, y]);
      },
      waits: true,
      finish: async () => {},
      result: async () => fingerprint(output),
    };
  },
};

/** Kernels from PyTorch's layout to HWIO (and HWOI for the transposed convolution). */
function loadWeights(file) {
  return Object.fromEntries(
    Object.entries(readWeights(file)).map(([name, { shape, data }]) => {
      if (!/conv\d?\.weight$/.test(name)) return [name, tf.tensor(data, shape)];
      const order = [2, 3, 1, 0];
      return [
        name,
        tf.tensor(
          transposed(data, shape, order),
          order.map((axis) => shape[axis]),
        ),
      ];
    }),
  );
}

function network(tensors, prefix) {
  const variables = {};
  for (const [name, value] of Object.entries(tensors)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    variables[name.slice(prefix.length + 1)] = tf.variable(value, !name.includes("running_"));
  }
  return { variables, parameters: Object.values(variables).filter(({ trainable }) => trainable) };
}

const conv = ({ variables }, name, x, stride) =>
  tf.conv2d(x, variables[`${name}.weight`], stride, 1, "NHWC", 1, "floor");

function convTranspose({ variables }, name, x) {
  const w = variables[`${name}.weight`];
  const [batch, height, width] = x.shape;
  return tf.conv2dTranspose(x, w, [batch, 2 * height, 2 * width, w.shape[2]], 2, 1);
}

/** With statistics of the batch, which move the running ones, or with the running ones. */
function norm({ variables }, name, x, train) {
  const part = (member) => variables[`${name}.${member}`];
  const [scale, offset] = [part("weight"), part("bias")];
  if (!train) return tf.batchNorm(x, part("running_mean"), part("running_var"), offset, scale, 1e-5);
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const count = x.size / x.shape[3];
  const move = (member, value, correction) => {
    const running = part(member);
    running.assign(tf.add(tf.mul(running, 0.9), tf.mul(value, 0.1 * correction)));
  };
  move("running_mean", mean, 1);
  move("running_var", variance, count / (count - 1));
  return tf.batchNorm(x, mean, variance, offset, scale, 1e-5);
}

function unet(net, x, { downs }, train) {
  const skips = [];
  for (let level = 1; level <= downs; level++) {
    const input = level === 1 ? x : tf.leakyRelu(skips.at(-1), 0.2);
    const y = conv(net, `down${level}.conv`, input, 2);
    skips.push(level > 1 && level < downs ? norm(net, `down${level}.norm`, y, train) : y);
  }
  let inner = skips.pop();
  for (let level = downs; level >= 1; level--) {
    const input = level === downs ? inner : tf.concat([skips.pop(), inner], 3);
    const y = convTranspose(net, `up${level}.conv`, tf.relu(input));
    inner = level === 1 ? tf.add(y, net.variables["up1.conv.bias"]) : norm(net, `up${level}.norm`, y, train);
  }
  return tf.tanh(inner);
}

function patchGan(net, x) {
  let y = tf.leakyRelu(tf.add(conv(net, "conv1", x, 2), net.variables["conv1.bias"]), 0.2);
  for (const [layer, stride] of [
    [2, 2],
    [3, 2],
    [4, 1],
  ]) {
    y = tf.leakyRelu(norm(net, `norm${layer}`, conv(net, `conv${layer}`, y, stride), true), 0.2);
  }
  return tf.add(conv(net, "conv5", y, 1), net.variables["conv5.bias"]);
}

const ganLoss = (logits, real) => tf.mean(tf.softplus(real ? tf.neg(logits) : logits));

function lossTerms({ weights }, gaussian, pixels) {
  /** Window means along both axes, as products with a matrix; the axes change places, which no mean notices. */
  const filter = (image) => {
    const [batch, height, width] = image.shape;
    const rows = tf.matMul(tf.reshape(image, [batch * height, width]), gaussian, false, true);
    const columns = tf.reshape(tf.transpose(tf.reshape(rows, [batch, height, width]), [0, 2, 1]), [
      batch * width,
      height,
    ]);
    return tf.matMul(columns, gaussian, false, true);
  };
  const dssim = (a, b) => {
    const [x, y] = [a, b].map((image) => tf.mul(tf.add(image, 1), 0.5));
    const [meanX, meanY] = [filter(x), filter(y)];
    const [xx, yy, xy] = [tf.square(meanX), tf.square(meanY), tf.mul(meanX, meanY)];
    const varianceX = tf.sub(filter(tf.square(x)), xx);
    const varianceY = tf.sub(filter(tf.square(y)), yy);
    const covariance = tf.sub(filter(tf.mul(x, y)), xy);
    const [c1, c2] = [1e-4, 9e-4];
    const top = tf.mul(tf.add(tf.mul(xy, 2), c1), tf.add(tf.mul(covariance, 2), c2));
    const bottom = tf.mul(tf.add(tf.add(xx, yy), c1), tf.add(tf.add(varianceX, varianceY), c2));
    const similarity = tf.div(top, tf.add(bottom, 1e-12));
    return tf.mean(tf.clipByValue(tf.mul(tf.sub(1, similarity), 0.5), 0, 1));
  };
  const variation = (x) => {
    const [batch, height, width] = x.shape;
    const steps = [
      tf.sub(tf.slice(x, [0, 1, 0, 0]), tf.slice(x, [0, 0, 0, 0], [batch, height - 1, width, 1])),
      tf.sub(tf.slice(x, [0, 0, 1, 0]), tf.slice(x, [0, 0, 0, 0], [batch, height, width - 1, 1])),
    ];
    return tf.div(tf.addN(steps.map((step) => tf.sum(tf.abs(step)))), pixels);
  };
  return (fake, clean) => ({
    l1: tf.mean(tf.abs(tf.sub(fake, clean))),
    ...(weights.ssim > 0 && { dssim: dssim(clean, fake) }),
    ...(weights.tv > 0 && { tv: variation(fake) }),
  });
}
