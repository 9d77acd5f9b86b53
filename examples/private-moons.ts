/**
 * A network learns from points without giving any of them away: the gradient of each point by `vmap`, shortened to a bound, and noise on their sum that hides what one point adds (DP-SGD: Abadi et al.,
 * "Deep learning with differential privacy", CCS 2016).
 */
import { grad, vmap } from "@clidim/autograd";
import { call, crossEntropy, globalNorm, layers, type ParamsOf, sgd } from "@clidim/nn";
import {
  add,
  arange,
  argmax,
  cast,
  compile,
  cos,
  div,
  eq,
  expandDims,
  flatten,
  key,
  mapTree,
  mean,
  minimum,
  mul,
  normal,
  rem,
  sin,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  uniform,
  where,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart, type Point } from "./drawing/svg.js";

/** Noisy points x [count, 2], label i32 [count]: even ones on the upper arc, odd ones on the lower. */
function moons(seed: Tensor, count: number) {
  const [angleKey, noiseKey] = split(seed);
  const angle = uniform(angleKey, [count], { high: Math.PI });
  const upper = stack([cos(angle), sin(angle)], 1);
  const lower = stack([sub(1, cos(angle)), sub(0.5, sin(angle))], 1);
  const label = rem(arange(count), 2);
  const arc = where(expandDims(eq(label, 0), 1), upper, lower);
  return { x: add(arc, mul(normal(noiseKey, [count, 2]), 0.12)), label };
}

const points = 2000;
const training = moons(key(1), points);
const held = moons(key(2), 500);

const model = layers.sequential(layers.linear({ out: 16 }), layers.tanh(), layers.linear({ out: 2 }));
const { params } = model.init(key(0), training.x.shape);
type Params = ParamsOf<typeof model>;
const logits = (params: Params, x: Tensor): Tensor => call(model, params, x);

/** The loss of one point x [2]; there is no batch in it. */
const loss = (params: Params, x: Tensor, label: Tensor): Tensor =>
  crossEntropy(logits(params, expandDims(x, 0)), expandDims(label, 0));

/** No point has a gradient that is longer, all parameters together. */
const bound = 1;
const clipped = (params: Params, x: Tensor, label: Tensor): Params => {
  const gradient = grad(loss)(params, x, label);
  const factor = minimum(div(bound, globalNorm(gradient)), 1);
  return mapTree((leaf) => mul(leaf, factor), gradient);
};
/** One gradient per point: the trees of the parameters have the points along axis 0 of every leaf. */
const perPoint = vmap(clipped, { inAxes: [null, 0, 0] });

/** Standard deviation of the noise, in bounds. */
const multiplier = 16;
const optimizer = sgd({ learningRate: 1, momentum: 0.9 });
const start = { params, optimizer: optimizer.init(params), key: key(3) };

const step = compile(
  (state: typeof start, { x, label }: typeof training) => {
    const gradients = perPoint(state.params, x, label);
    const [next, ...keys] = split(state.key, 1 + flatten(gradients).leaves.length);
    const noisy = mapTree((each) => {
      const total = sum(each, 0);
      const noise = mul(normal(keys.pop()!, total.shape), multiplier * bound);
      return div(add(total, noise), points);
    }, gradients);
    const updated = optimizer.update(noisy, state.optimizer, state.params);
    return { params: updated.params, optimizer: updated.state, key: next! };
  },
  { donate: [0] },
);

/**
 * What a point gives away in so many steps with its sum of gradients, as the epsilon of (epsilon, delta)-differential privacy: each costs 1 / (2 multiplier^2), and rho in all is epsilon = rho + 2
 * sqrt(rho log(1 / delta)) (Bun and Steinke, "Concentrated differential privacy", TCC 2016, proposition 1.3).
 */
const delta = 1e-5;
function epsilonAfter(steps: number): number {
  const rho = steps / (2 * multiplier ** 2);
  return rho + 2 * Math.sqrt(rho * Math.log(1 / delta));
}

const right = compile((params: Params) =>
  mean(cast(eq(argmax(logits(params, held.x), -1), held.label), "f32")),
);

const steps = 160;
const bar = progressBar("private moons", steps);
let state = start;
const measured: Point[] = [];
for (let done = 1; done <= steps; done++) {
  state = await step(state, training);
  if (done % 10 !== 0) continue;
  const accuracy = await (await right(state.params)).item();
  measured.push([epsilonAfter(done), accuracy]);
  bar(done, `right ${accuracy.toFixed(3)}`);
}
/** Share of the points never seen in training that are classified right, and what each point of the training has given away. */
export const [epsilon, accuracy] = measured.at(-1)!;
console.log(`held-out accuracy ${accuracy.toFixed(3)} at epsilon ${epsilon.toFixed(2)}, delta ${delta}`);

/** The picture: what is learned against what is given away. */
export const picture = chart(
  "private-moons",
  `Private moons: ${(100 * accuracy).toFixed(1)} % right at epsilon ${epsilon.toFixed(2)}`,
  { label: "epsilon", from: 0, to: epsilon },
  { label: "right", from: 0.5, to: 1 },
  (canvas) => {
    canvas.line(measured, "#1d4ed8");
    for (const point of measured) canvas.dot(point, "#1d4ed8");
  },
);
console.log(picture);
