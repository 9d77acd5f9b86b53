/**
 * A network turns noise into points of a shape. It learns the speed at which they go there, by flow matching (Lipman et al., "Flow matching for generative modeling", ICLR 2023), and a solver of
 * differential equations takes them along: a `scan`, as the training is one.
 */
import { valueAndGrad } from "@clidim/autograd";
import { adam, layers, mse, type ParamsOf, schedules } from "@clidim/nn";
import {
  add,
  arange,
  broadcastTo,
  cast,
  compile,
  concat,
  cos,
  expandDims,
  key,
  mean,
  mul,
  normal,
  rem,
  scan,
  sin,
  split,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  uniform,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart, type Point } from "./drawing/svg.js";

/** Points [count, 2] in eight heaps around a circle. */
function ring(seed: Tensor, count: number): Tensor {
  const angle = mul(cast(rem(arange(count), 8), "f32"), Math.PI / 4);
  const centre = mul(stack([cos(angle), sin(angle)], 1), 2);
  return add(centre, mul(normal(seed, [count, 2]), 0.15));
}

const model = layers.sequential(
  layers.linear({ out: 64 }),
  layers.silu(),
  layers.linear({ out: 64 }),
  layers.silu(),
  layers.linear({ out: 2 }),
);
const { params, stats } = model.init(key(0), [1, 3]);
type Params = ParamsOf<typeof model>;

/** The speed [count, 2] of points x [count, 2] at time t, one for all or one for each, [count, 1]. */
const speed = (params: Params, x: Tensor, t: Tensor): Tensor =>
  model.apply({ params, stats }, concat([x, broadcastTo(t, [x.shape[0]!, 1])], 1), { train: false }).output;

/** Noise goes to the data in straight lines, each at its own speed; what is learned at a place is the mean of those that pass there. */
function loss(params: Params, seed: Tensor): Tensor {
  const [noiseKey, dataKey, timeKey] = split(seed, 3);
  const from = normal(noiseKey!, [256, 2]);
  const to = ring(dataKey!, 256);
  const t = uniform(timeKey!, [256, 1]);
  return mse(speed(params, add(from, mul(t, sub(to, from))), t), sub(to, from));
}

/** Steps, and how many of them are one program. */
const [steps, together] = [600, 50];
const optimizer = adam({ learningRate: schedules.cosine({ from: 6e-3, steps }) });
const start = { params, optimizer: optimizer.init(params), key: key(1) };
type State = typeof start;

function step(state: State): { readonly carry: State; readonly y: Tensor } {
  const [next, seed] = split(state.key);
  const { value, grads } = valueAndGrad(loss)(state.params, seed);
  const updated = optimizer.update(grads, state.optimizer, state.params);
  return { carry: { params: updated.params, optimizer: updated.state, key: next }, y: value };
}

const train = compile((state: State) => scan(step, state, undefined, { length: together }), { donate: [0] });

const turns = 24;
/** Points on their way from time 0 to 1, by the method of Runge and Kutta of fourth order: where they arrive [count, 2], and where they were before each turn [turns, count, 2]. */
const flow = compile((params: Params, x: Tensor) => {
  const h = 1 / turns;
  const { carry, ys } = scan(
    (at: Tensor, turn: Tensor) => {
      const t = mul(turn, h);
      const a = speed(params, at, t);
      const b = speed(params, add(at, mul(a, h / 2)), add(t, h / 2));
      const c = speed(params, add(at, mul(b, h / 2)), add(t, h / 2));
      const d = speed(params, add(at, mul(c, h)), add(t, h));
      const mid = add(b, c);
      return { carry: add(at, mul(add(add(a, d), mul(mid, 2)), h / 6)), y: at };
    },
    x,
    cast(arange(turns), "f32"),
  );
  return { arrived: carry, path: ys };
});

/** The mean distance between points of two sets. */
const apart = (a: Tensor, b: Tensor): Tensor =>
  mean(sqrt(sum(square(sub(expandDims(a, 1), expandDims(b, 0))), -1)));
/** How far two sets of points are from being of one distribution: 0 where they are (Székely and Rizzo, "Energy statistics", 2013). */
const energyDistance = compile((a: Tensor, b: Tensor) =>
  sub(mul(apart(a, b), 2), add(apart(a, a), apart(b, b))),
);

const bar = progressBar("flow matching", steps);
let state = start;
for (let done = together; done <= steps; done += together) {
  const { carry, ys } = await train(state);
  state = carry;
  bar(done, `loss ${(await mean(ys).item()).toFixed(3)}`);
}

const count = 1000;
const noise = normal(key(2), [count, 2]);
const unseen = ring(key(3), count);
const { arrived, path } = await flow(state.params, noise);
const distance = async (x: Tensor): Promise<number> => (await energyDistance(x, unseen)).item();
/** Energy distances to points never seen: of what was drawn, of as many further points of the shape itself, and of the noise. */
export const [drawn, same, before] = [
  await distance(arrived),
  await distance(ring(key(4), count)),
  await distance(noise),
];
console.log(
  `energy distance to the shape ${drawn.toFixed(4)}; of the shape to itself ${same.toFixed(4)}, of noise ${before.toFixed(4)}`,
);

const pointsOf = (values: Float32Array): Point[] =>
  Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
const ends = pointsOf((await arrived.data()) as Float32Array);
const ways = pointsOf((await path.data()) as Float32Array);

/** The picture: where points arrive, and the ways that some of them took. */
export const picture = chart(
  "flow-matching",
  `Flow matching: energy distance ${drawn.toFixed(4)}, of the shape to itself ${same.toFixed(4)}`,
  { label: "x", from: -3.6, to: 3.6 },
  { label: "y", from: -2.7, to: 2.7 },
  (canvas) => {
    for (let k = 0; k < 60; k++) {
      const way = Array.from({ length: turns }, (_, turn) => ways[turn * count + k]!);
      canvas.line([...way, ends[k]!], "#cbd5e1");
    }
    for (const end of ends) canvas.dot(end, "#1d4ed8", 2);
  },
);
console.log(picture);
