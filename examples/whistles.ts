/** An LSTM listens to noisy whistles and says of each whether it rises or falls: sequences, and a state that is carried along. */
import { valueAndGrad } from "@clidim/autograd";
import {
  adam,
  call,
  chain,
  clipByGlobalNorm,
  crossEntropy,
  layers,
  metrics,
  type ParamsOf,
} from "@clidim/nn";
import {
  add,
  arange,
  cast,
  compile,
  div,
  expandDims,
  foldIn,
  key,
  mul,
  normal,
  randomInteger,
  reshape,
  sin,
  softmax,
  split,
  sub,
  type Tensor,
  take,
  uniform,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart } from "./drawing/svg.js";

const length = 16;

/** Whistles x [count, T, 1] whose pitch rises (label 1) or falls (label 0), from any phase, in noise. */
function whistles(seed: Tensor, count: number) {
  const [labelKey, phaseKey, noiseKey] = split(seed, 3) as [Tensor, Tensor, Tensor]; // as many as asked for
  const label = randomInteger(labelKey, 0, 2, [count]);
  const direction = expandDims(sub(mul(cast(label, "f32"), 2), 1), 1);
  const phase = uniform(phaseKey, [count, 1], { high: 2 * Math.PI });
  // From -1 to 1. No element tells by itself: pitch is what several of them do.
  const time = sub(div(cast(arange(length), "f32"), length / 2), 1);
  const angle = add(add(phase, mul(time, 7)), mul(mul(direction, mul(time, time)), 3));
  const clean = reshape(sin(angle), [count, length, 1]);
  return { x: add(clean, mul(normal(noiseKey, [count, length, 1]), 0.2)), label };
}

const model = layers.sequential({ reader: layers.lstm({ size: 16 }), decision: layers.linear({ out: 2 }) });
const start = model.init(key(0), [1, length, 1]).params;
type Params = ParamsOf<typeof model>;

/** What is thought after each element, [N, T, 2]. */
const thoughts = (params: Params, x: Tensor): Tensor => call(model, params, x);
/** What is thought after the last element, [N, 2]. */
const verdict = (params: Params, x: Tensor): Tensor =>
  reshape(take(thoughts(params, x), arange(length - 1, length), 1), [x.shape[0]!, 2]);

const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.02 }));
const first = { params: start, optimizer: optimizer.init(start), key: key(2) };

// Every batch is drawn inside of the compiled step, and never seen again.
const step = compile(
  (state: typeof first) => {
    const [now, next] = split(state.key) as [Tensor, Tensor]; // split makes two unless told otherwise
    const { x, label } = whistles(now, 48);
    const { value, grads } = valueAndGrad((params: Params) => crossEntropy(verdict(params, x), label))(
      state.params,
    );
    const updated = optimizer.update(grads, state.optimizer, state.params);
    return { state: { params: updated.params, optimizer: updated.state, key: next }, loss: value };
  },
  { donate: [0] },
);

const steps = 100;
const bar = progressBar("whistles", steps);
let state = first;
for (let done = 1; done <= steps; done++) {
  const result = await step(state);
  state = result.state;
  if (done % 20 === 0) bar(done, `loss ${(await result.loss.item()).toFixed(3)}`);
}

const held = whistles(foldIn(key(3), 0), 200);
/** Share of whistles never heard in training that are judged right. */
export const accuracy = await metrics.accuracy(verdict(state.params, held.x), held.label).item();
console.log(`held-out accuracy ${accuracy.toFixed(3)}`);

const few = 12;
const shown = whistles(key(4), few);
const rising = await softmax(thoughts(state.params, shown.x), -1).data();
const labels = await shown.label.data();

/** The picture: what is thought of some whistles while they are heard. */
export const picture = chart(
  "whistles",
  `Rising or falling: ${(100 * accuracy).toFixed(0)} % right after the last element`,
  { label: "elements heard", from: 1, to: length },
  { label: "believed probability that it rises", from: 0, to: 1 },
  (canvas) => {
    for (let i = 0; i < few; i++) {
      canvas.line(
        Array.from({ length }, (_, t) => [t + 1, rising[(i * length + t) * 2 + 1]!] as const),
        labels[i] === 1 ? "#c2410c" : "#1d4ed8",
      );
    }
  },
);
console.log(picture);
