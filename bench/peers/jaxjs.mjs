/**
 * jax-js: the same networks and the same step, eager or under `jit` (first argument). Every function consumes its arguments, so what is used
 * again is passed as `.ref`.
 */
import { calls, forgetDurations, pretendBrowser } from "../dawn.mjs";
import { gaussianMatrix } from "../gaussianMatrix.mjs";
import { serve } from "../serve.mjs";
import { fingerprint, transposed, values } from "../values.mjs";
import { readWeights } from "../weights.mjs";

const mode = process.argv[2] === "jit" ? "jit" : "eager";
await pretendBrowser();
const {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy: np,
  tree,
  vjp,
} = await import("@jax-js/jax");
const compiled = (f) => (mode === "jit" ? jit(f) : f);

serve({
  calls,
  forgetDurations,
  async start() {
    const available = await init("webgpu");
    if (!available.includes("webgpu")) throw new Error(`jax-js runs on ${available}`);
    defaultDevice("webgpu");
    return { mode };
  },
  prepare: (row) => kinds[row.kind](row),
});

const filled = (shape, seed) =>
  np
    .array(
      values(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
    )
    .reshape(shape);

/** What the others make in NHWC (or HWIO), in this library's order of axes. */
function image(shape, seed) {
  const [batch, height, width, channels] = shape;
  const data = transposed(values(batch * height * width * channels, seed), shape, [0, 3, 1, 2]);
  return np.array(data).reshape([batch, channels, height, width]);
}

/**
 * Nothing runs before somebody waits for it; so every result is waited for, and is kept until then, a few at a time.
 */
function waitingList() {
  let waiting = [];
  const finish = async () => {
    await Promise.all(waiting);
    waiting = [];
  };
  return {
    async add(results) {
      waiting.push(blockUntilReady(results));
      // Submission follows in a later turn of the event loop.
      await new Promise(setImmediate);
      if (waiting.length === 8) await finish();
    },
    finish,
  };
}

function repeated(f, inputs) {
  const run = compiled(f);
  const list = waitingList();
  let results = [];
  return {
    async run() {
      const result = run(...inputs.map((input) => input.ref));
      results.push(result);
      await list.add(result);
    },
    async finish() {
      await list.finish();
      tree.dispose(results.slice(0, -1));
      results = results.slice(-1);
    },
    result: async () => fingerprint(await results[0].ref.data()),
    dispose: () => tree.dispose([...results, ...inputs]),
  };
}

const pads = (each) => [
  [each, each],
  [each, each],
];
const conv = (x, w, stride) => lax.convGeneralDilated(x, w, [stride, stride], pads(1));
/** w is IOHW, as in PyTorch. */
const convTranspose = (x, w, stride) =>
  lax.convTranspose(x, w, [stride, stride], pads(1), { transposeKernel: true });

const kinds = {
  matmul: ({ n }) => repeated((a, b) => np.matmul(a, b), [filled([n, n], 1), filled([n, n], 2)]),

  chain({ n, length }) {
    const product = (a, b) => {
      let x = a;
      for (let i = 0; i < length; i++) x = np.matmul(x, b.ref);
      b.dispose();
      return x;
    };
    return repeated(product, [filled([n, n], 1), filled([n, n], 2)]);
  },

  convolution({ op, batch, stride, fine, coarse }) {
    const x = image([batch, fine.side, fine.side, fine.channels], 1);
    const y = image([batch, coarse.side, coarse.side, coarse.channels], 2);
    const kernel = [4, 4, fine.channels, coarse.channels];
    const data = transposed(values(16 * fine.channels * coarse.channels, 3), kernel, [3, 2, 0, 1]);
    const w = np.array(data).reshape([coarse.channels, fine.channels, 4, 4]);
    switch (op) {
      case "down":
        return repeated((a, b) => conv(a, b, stride), [x, w]);
      case "up":
        return repeated((a, b) => convTranspose(a, b, stride), [y, w]);
      case "weight":
        // The batch is what is summed over: x as an image with N channels, y as a kernel with holes.
        return repeated(
          (a, b) =>
            lax.convGeneralDilated(
              np.transpose(a, [1, 0, 2, 3]),
              np.transpose(b, [1, 0, 2, 3]),
              [1, 1],
              pads(1),
              {
                rhsDilation: [stride, stride],
              },
            ),
          [x, y],
        );
      default:
        throw new Error(`no convolution ${op}`);
    }
  },

  step({ configuration, weights }) {
    const { crop } = configuration;
    const tensors = loadWeights(weights);
    const images = { noisy: tensors.noisy, clean: tensors.clean };
    let state = {
      generator: network(tensors, "generator"),
      discriminator: network(tensors, "discriminator"),
    };
    const gaussian = np.array(gaussianMatrix(crop)).reshape([crop, crop]);
    const step = compiled(trainingStep(configuration));
    const list = waitingList();
    let losses;
    return {
      async run() {
        await list.finish();
        if (losses) tree.dispose(losses);
        [state, losses] = step(state, tree.ref(images), gaussian.ref);
        await list.add([state, losses]);
      },
      finish: () => list.finish(),
      async result() {
        const read = async ([name, loss]) => [name, (await loss.ref.data())[0]];
        return Object.fromEntries(await Promise.all(Object.entries(losses).map(read)));
      },
    };
  },

  inference({ configuration, size, weights }) {
    const net = network(loadWeights(weights), "generator");
    const page = values(size * size, 4).map((value) => 1.6 * value);
    const denoise = compiled((params, stats, x) => {
      const [y, after] = unet(params, stats, x, configuration, false);
      tree.dispose(after);
      return y;
    });
    let output;
    return {
      async run() {
        const x = np.array(page).reshape([1, 1, size, size]);
        output = await denoise(tree.ref(net.params), tree.ref(net.stats), x).data();
      },
      waits: true,
      finish: async () => {},
      result: async () => fingerprint(output),
    };
  },
};

function loadWeights(file) {
  return Object.fromEntries(
    Object.entries(readWeights(file)).map(([name, { shape, data }]) => {
      const isImage = name === "noisy" || name === "clean";
      // One channel: NHWC and NCHW are the same.
      const extents = isImage ? [shape[0], 1, shape[1], shape[2]] : shape;
      return [name, np.array(data).reshape(extents)];
    }),
  );
}

function network(tensors, prefix) {
  const params = {};
  const stats = {};
  for (const [name, value] of Object.entries(tensors)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    (name.includes("running_") ? stats : params)[name.slice(prefix.length + 1)] = value;
  }
  const zeros = () =>
    Object.fromEntries(Object.entries(params).map(([name, p]) => [name, np.zeros(p.shape)]));
  return { params, stats, m: zeros(), v: zeros(), t: np.array(0) };
}

const perChannel = (x) => x.reshape([1, -1, 1, 1]);

/** Takes what it needs out of `params` and `stats`, and puts the new statistics into `after`. */
function norm(params, stats, after, name, x, train) {
  const [batch, channels, height, width] = x.shape;
  const count = batch * height * width;
  const scale = perChannel(params[`${name}.weight`]);
  const offset = perChannel(params[`${name}.bias`]);
  const [runningMean, runningVar] = [`${name}.running_mean`, `${name}.running_var`];
  if (!train) {
    const inverse = np.reciprocal(np.sqrt(perChannel(stats[runningVar].ref).add(1e-5)));
    const centred = x.sub(perChannel(stats[runningMean].ref));
    after[runningMean] = stats[runningMean];
    after[runningVar] = stats[runningVar];
    return centred.mul(inverse.mul(scale)).add(offset);
  }
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
  const centred = x.sub(mean.ref);
  const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
  const move = (running, value, correction) =>
    running.mul(0.9).add(
      lax
        .stopGradient(value)
        .reshape([channels])
        .mul(0.1 * correction),
    );
  after[runningMean] = move(stats[runningMean], mean, 1);
  after[runningVar] = move(stats[runningVar], variance.ref, count / (count - 1));
  const inverse = np.reciprocal(np.sqrt(variance.add(1e-5)));
  return centred.mul(inverse.mul(scale)).add(offset);
}

function unet(params, stats, x, { downs }, train) {
  const after = {};
  const skips = [];
  for (let level = 1; level <= downs; level++) {
    const input = level === 1 ? x : nn.leakyRelu(skips.at(-1).ref, 0.2);
    const y = conv(input, params[`down${level}.conv.weight`], 2);
    skips.push(level > 1 && level < downs ? norm(params, stats, after, `down${level}.norm`, y, train) : y);
  }
  let inner = skips.pop();
  for (let level = downs; level >= 1; level--) {
    const input = level === downs ? inner : np.concatenate([skips.pop(), inner], 1);
    const y = convTranspose(nn.relu(input), params[`up${level}.conv.weight`], 2);
    inner =
      level === 1
        ? y.add(perChannel(params["up1.conv.bias"]))
        : norm(params, stats, after, `up${level}.norm`, y, train);
  }
  return [np.tanh(inner), after];
}

function patchGan(params, stats, x) {
  const after = {};
  let y = conv(x, params["conv1.weight"], 2).add(perChannel(params["conv1.bias"]));
  for (const [layer, stride] of [
    [2, 2],
    [3, 2],
    [4, 1],
  ]) {
    const z = conv(nn.leakyRelu(y, 0.2), params[`conv${layer}.weight`], stride);
    y = norm(params, stats, after, `norm${layer}`, z, true);
  }
  return [conv(nn.leakyRelu(y, 0.2), params["conv5.weight"], 1).add(perChannel(params["conv5.bias"])), after];
}

const ganLoss = (logits, real) => np.mean(nn.softplus(real ? np.negative(logits) : logits));

function dssim(a, b, gaussian) {
  /** Window means along both axes, as products with a matrix; the axes change places, which no mean notices. */
  const filter = (x) =>
    np.matmul(
      np.matrixTranspose(np.matmul(x, np.matrixTranspose(gaussian.ref))),
      np.matrixTranspose(gaussian.ref),
    );
  const [x, y] = [a, b].map((image) => image.add(1).mul(0.5));
  const [meanX, meanY] = [filter(x.ref), filter(y.ref)];
  const [xx, yy, xy] = [np.square(meanX.ref), np.square(meanY.ref), meanX.mul(meanY)];
  const varianceX = filter(np.square(x.ref)).sub(xx.ref);
  const varianceY = filter(np.square(y.ref)).sub(yy.ref);
  const covariance = filter(x.mul(y)).sub(xy.ref);
  const [c1, c2] = [1e-4, 9e-4];
  const top = xy.mul(2).add(c1).mul(covariance.mul(2).add(c2));
  const bottom = xx.add(yy).add(c1).mul(varianceX.add(varianceY).add(c2));
  const similarity = top.div(bottom.add(1e-12));
  gaussian.dispose();
  return np.mean(np.clip(np.subtract(1, similarity).mul(0.5), 0, 1));
}

function variation(x) {
  const [batch, , height, width] = x.shape;
  const down = x.ref.slice([], [], [1, height], []).sub(x.ref.slice([], [], [0, height - 1], []));
  const right = x.ref.slice([], [], [], [1, width]).sub(x.slice([], [], [], [0, width - 1]));
  return np
    .sum(np.abs(down))
    .add(np.sum(np.abs(right)))
    .div(batch * height * width);
}

function adam({ params, m, v, t }, gradients, { learningRate, beta1, beta2 }) {
  const next = { params: {}, m: {}, v: {}, t: t.add(1) };
  const rate = np.subtract(1, np.power(beta1, next.t.ref));
  const correction = np.sqrt(np.subtract(1, np.power(beta2, next.t.ref)));
  for (const [name, gradient] of Object.entries(gradients)) {
    next.m[name] = m[name].mul(beta1).add(gradient.ref.mul(1 - beta1));
    next.v[name] = v[name].mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const root = np.sqrt(next.v[name].ref).div(correction.ref).add(1e-8);
    next.params[name] = params[name].sub(next.m[name].ref.div(rate.ref).mul(learningRate).div(root));
  }
  rate.dispose();
  correction.dispose();
  return next;
}

/**
 * The value of f, which returns [loss, aux], and the gradient of the loss in `params`. Like `valueAndGrad` with `hasAux`, which `jit` of this
 * version refuses ("Can't lift Tracer").
 */
function valueAndGradient(f, params) {
  const [[loss, aux], pullback] = vjp(
    (p) => {
      const [value, more] = f(p);
      return [value, tree.map(lax.stopGradient, more)];
    },
    [params],
  );
  const nothing = tree.map((x) => np.zeros(x.shape), aux);
  const [gradients] = pullback([np.onesLike(loss.ref), nothing]);
  pullback.dispose();
  return { loss, aux, gradients };
}

function trainingStep(configuration) {
  const { weights } = configuration;

  const discriminatorStep = (state, noisy, clean, fake) => {
    const { loss, aux, gradients } = valueAndGradient((params) => {
      const onFake = patchGan(tree.ref(params), state.stats, np.concatenate([noisy.ref, fake], 1));
      const onReal = patchGan(params, onFake[1], np.concatenate([noisy, clean], 1));
      return [ganLoss(onFake[0], false).add(ganLoss(onReal[0], true)).mul(0.5), onReal[1]];
    }, tree.ref(state.params));
    return [{ ...adam(state, gradients, configuration), stats: aux }, loss];
  };

  return (state, { noisy, clean }, gaussian) => {
    const { loss, aux, gradients } = valueAndGradient((params) => {
      const [fake, stats] = unet(params, state.generator.stats, noisy.ref, configuration, true);
      const terms = { l1: np.mean(np.abs(fake.ref.sub(clean.ref))) };
      if (weights.ssim > 0) terms.dssim = dssim(clean.ref, fake.ref, gaussian.ref);
      if (weights.tv > 0) terms.tv = variation(fake.ref);
      const parts = {};
      let { discriminator } = state;
      if (weights.gan > 0) {
        const constant = lax.stopGradient(fake.ref);
        [discriminator, parts.discriminator] = discriminatorStep(
          discriminator,
          noisy.ref,
          clean.ref,
          constant,
        );
        const pair = np.concatenate([noisy.ref, fake.ref], 1);
        const [logits, after] = patchGan(tree.ref(discriminator.params), discriminator.stats, pair);
        discriminator = { ...discriminator, stats: after };
        terms.gan = ganLoss(logits, true);
      }
      fake.dispose();
      const total = Object.entries(weights)
        .filter(([, weight]) => weight > 0)
        .map(([name, weight]) => terms[name === "ssim" ? "dssim" : name].ref.mul(weight))
        .reduce((sum, term) => sum.add(term));
      return [total, { stats, discriminator, parts: { ...parts, ...terms } }];
    }, tree.ref(state.generator.params));
    tree.dispose([noisy, clean, gaussian]);
    const { stats, discriminator, parts } = aux;
    const generator = { ...adam(state.generator, gradients, configuration), stats };
    return [
      { generator, discriminator },
      { ...parts, generator: loss },
    ];
  };
}
