/** A small network learns which of two interleaved half circles a point belongs to. */
import { valueAndGrad } from "@clidim/autograd";
import { adam, call, crossEntropy, layers, type ParamsOf } from "@clidim/nn";
import {
  add,
  arange,
  argmax,
  cast,
  compile,
  cos,
  eq,
  expandDims,
  key,
  mean,
  mul,
  normal,
  rem,
  sin,
  slice,
  softmax,
  split,
  stack,
  sub,
  type Tensor,
  tensor,
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

const training = moons(key(1), 400);
const held = moons(key(2), 400);

const model = layers.sequential(
  layers.linear({ out: 32 }),
  layers.tanh(),
  layers.linear({ out: 32 }),
  layers.tanh(),
  layers.linear({ out: 2 }),
);
const { params } = model.init(key(0), training.x.shape);
type Params = ParamsOf<typeof model>;
const logits = (params: Params, x: Tensor): Tensor => call(model, params, x);

const optimizer = adam({ learningRate: 0.01 });
const start = { params, optimizer: optimizer.init(params) };

const step = compile(
  (state: typeof start, { x, label }: typeof training) => {
    const loss = (params: Params): Tensor => crossEntropy(logits(params, x), label);
    const { value, grads } = valueAndGrad(loss)(state.params);
    const next = optimizer.update(grads, state.optimizer, state.params);
    return { state: { params: next.params, optimizer: next.state }, loss: value };
  },
  { donate: [0] },
);

const steps = 300;
const bar = progressBar("two moons", steps);
let state = start;
for (let done = 1; done <= steps; done++) {
  const result = await step(state, training);
  state = result.state;
  // Reading a value is the only thing that waits for the GPU.
  if (done % 20 === 0) bar(done, `loss ${(await result.loss.item()).toFixed(4)}`);
}

const right = eq(argmax(logits(state.params, held.x), -1), held.label);
/** Share of the points never seen in training that are classified right. */
export const accuracy = await mean(cast(right, "f32")).item();
console.log(`held-out accuracy ${accuracy.toFixed(3)}`);

const [columns, rows] = [72, 54];
const [x, y] = [
  { label: "x", from: -1.5, to: 2.5 },
  { label: "y", from: -1, to: 1.4 },
];
const size = [(x.to - x.from) / columns, (y.to - y.from) / rows] as const;
const corner = (column: number, row: number): Point => [x.from + column * size[0], y.from + row * size[1]];
const centres = Array.from({ length: rows * columns }, (_, i): [number, number] => {
  const [cx, cy] = corner(i % columns, Math.floor(i / columns));
  return [cx + size[0] / 2, cy + size[1] / 2];
});
const lowerMoon = slice(softmax(logits(state.params, tensor(centres)), -1), [0, 1], [rows * columns, 2]);
const probability = await lowerMoon.data();
const points = await held.x.data();

/** From blue for 0 to orange for 1, in steps that cells can share. */
const shade = (p: number): string => {
  const part = Math.round(20 * p) / 20;
  const mix = (from: number, to: number): number => Math.round(from + part * (to - from));
  return `rgb(${mix(176, 242)} ${mix(208, 209)} ${mix(240, 176)})`;
};

/** The picture: the network's belief as colour, the held-out points on top. */
export const picture = chart(
  "two-moons",
  `Two moons: ${(100 * accuracy).toFixed(1)} % right`,
  x,
  y,
  (canvas) => {
    probability.forEach((p, i) => {
      const [column, row] = [i % columns, Math.floor(i / columns)];
      canvas.cell(corner(column, row), corner(column + 1, row + 1), shade(p));
    });
    for (let i = 0; i < points.length / 2; i++) {
      canvas.dot([points[2 * i]!, points[2 * i + 1]!], i % 2 ? "#c2410c" : "#1d4ed8");
    }
  },
);
console.log(picture);
