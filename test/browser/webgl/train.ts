import { valueAndGrad } from "@clidim/autograd";
import { clidim, generatorOf } from "@clidim/clidim";
import { resolveConfiguration } from "@clidim/denoise";
import { type AnyLayer, adam, layers, mse } from "@clidim/nn";
import { add, compile, dispose, type Executor, key, mul, normal, split, type Tensor } from "@clidim/tensor";

/** Losses of updates by which a network learns to take noise out of two images. */
async function losses(
  model: AnyLayer,
  channels: number,
  device: Executor,
  updates: number,
): Promise<number[]> {
  const shape = [2, 16, 16, channels];
  const { params, stats } = model.init(key(0), shape);
  const optimizer = adam({ learningRate: 0.01 });
  const initial = { params, stats, optimizer: optimizer.init(params), key: key(1) };
  const step = compile(
    (state: typeof initial, clean: Tensor) => {
      const [now, next] = split(state.key) as [Tensor, Tensor];
      const noisy = add(clean, mul(normal(now, shape), 0.1));
      const { value, grads, aux } = valueAndGrad((weights: typeof params) => {
        const result = model.apply({ params: weights, stats: state.stats }, noisy, {
          train: true,
          key: next,
        });
        return { loss: mse(result.output, clean), aux: result.stats };
      })(state.params);
      const updated = optimizer.update(grads, state.optimizer, state.params);
      return {
        state: { params: updated.params, stats: aux, optimizer: updated.state, key: next },
        loss: value,
      };
    },
    { donate: [0], device },
  );
  const clean = await compile(() => mul(normal(key(2), shape), 0.5), { device })();
  const found: number[] = [];
  let state = initial;
  for (let update = 0; update < updates; update++) {
    const result = await step(state, clean);
    state = result.state;
    found.push(await result.loss.item());
    dispose(result.loss);
  }
  return found;
}

/** The losses of a small network of convolutions, and of CLIDiM's small generator, trained for a few updates. */
export async function train(device: Executor): Promise<Readonly<Record<"network" | "generator", number[]>>> {
  const network = layers.sequential({
    first: layers.conv2d({ out: 8, kernel: 3, padding: 1 }),
    normalized: layers.batchNorm(),
    bent: layers.leakyRelu(0.2),
    dropped: layers.dropout(0.2),
    last: layers.conv2d({ out: 1, kernel: 3, padding: 1 }),
  });
  const generator = generatorOf(resolveConfiguration(clidim, "laptop", { ngf: 2, downs: 2 }));
  return {
    network: await losses(network, 1, device, 6),
    generator: await losses(generator, 1, device, 3),
  };
}
