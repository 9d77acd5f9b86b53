/** A convolutional network learns to read digits that are drawn here, in many hands and on noisy paper. */
import { valueAndGrad } from "@clidim/autograd";
import { adam, call, crossEntropy, layers, type ParamsOf, summary } from "@clidim/nn";
import {
  add,
  argmax,
  compile,
  key,
  mul,
  normal,
  randomInteger,
  split,
  type Tensor,
  take,
  tensor,
  uniform,
} from "@clidim/tensor";
import { drawDigit, handLength } from "./drawing/digits.js";
import { progressBar } from "./drawing/progressBar.js";
import { chart } from "./drawing/svg.js";

const size = 16;

/** Noisy images [count, size, size, 1] and their labels i32 [count], equally many of each digit. */
async function drawImages(seed: Tensor, count: number) {
  const [handKey, noiseKey] = split(seed);
  const hands = await uniform(handKey, [count, handLength]).data();
  const label = Int32Array.from({ length: count }, (_, i) => i % 10);
  const ink = new Float32Array(count * size * size);
  label.forEach((digit, i) => {
    const hand = [...hands.subarray(i * handLength, (i + 1) * handLength)];
    ink.set(drawDigit(digit, size, hand), i * size * size);
  });
  const shape = [count, size, size, 1];
  const noise = mul(normal(noiseKey, shape), 0.2);
  return { x: add(tensor(ink, { shape }), noise), label: tensor(label) };
}

const training = await drawImages(key(1), 2000);
const held = await drawImages(key(2), 500);

const model = layers.sequential(
  layers.conv2d({ out: 8, kernel: 3, stride: 2, padding: 1 }),
  layers.relu(),
  layers.conv2d({ out: 16, kernel: 3, stride: 2, padding: 1 }),
  layers.relu(),
  layers.flatten(),
  layers.linear({ out: 10 }),
);
const batch = 100;
console.log(summary(model, [batch, size, size, 1]).table);

const { params } = model.init(key(0), training.x.shape);
type Params = ParamsOf<typeof model>;
const logits = (params: Params, x: Tensor): Tensor => call(model, params, x);

const optimizer = adam({ learningRate: 0.005 });
const start = { params, optimizer: optimizer.init(params), key: key(3) };

const step = compile(
  (state: typeof start, all: typeof training) => {
    // The images are on the GPU; each step draws its batch there.
    const [now, next] = split(state.key);
    const chosen = randomInteger(now, 0, all.x.shape[0]!, [batch]);
    const [x, label] = [take(all.x, chosen, 0), take(all.label, chosen, 0)];
    const loss = (params: Params): Tensor => crossEntropy(logits(params, x), label);
    const { value, grads } = valueAndGrad(loss)(state.params);
    const updated = optimizer.update(grads, state.optimizer, state.params);
    return { state: { params: updated.params, optimizer: updated.state, key: next }, loss: value };
  },
  { donate: [0] },
);

const steps = 240;
const bar = progressBar("digits", steps);
let state = start;
for (let done = 1; done <= steps; done++) {
  const result = await step(state, training);
  state = result.state;
  if (done % 20 === 0) bar(done, `loss ${(await result.loss.item()).toFixed(4)}`);
}

const read = await argmax(logits(state.params, held.x), -1).data();
const truth = await held.label.data();
/** Share of the digits drawn by other hands that are read right. */
export const accuracy = read.filter((digit, i) => digit === truth[i]).length / read.length;
console.log(`held-out accuracy ${accuracy.toFixed(3)}`);

const [across, down] = [12, 6];
const pitch = [1.3, 1.5] as const;
const shown = await held.x.data();

/** The picture: held-out images with what was read below them, wrong ones in red. */
export const picture = chart(
  "digits",
  `Digits: ${(100 * accuracy).toFixed(1)} % right`,
  { label: "", from: 0, to: across * pitch[0] },
  { label: "", from: -down * pitch[1], to: 0 },
  (canvas) => {
    for (let i = 0; i < across * down; i++) {
      const [left, top] = [(i % across) * pitch[0], -Math.floor(i / across) * pitch[1]];
      for (let p = 0; p < size * size; p++) {
        const grey = 17 * Math.round(15 * (1 - Math.min(1, Math.max(0, shown[i * size * size + p]!))));
        const [px, py] = [left + (p % size) / size, top - Math.floor(p / size) / size];
        canvas.cell([px, py], [px + 1 / size, py - 1 / size], `rgb(${grey} ${grey} ${grey})`);
      }
      canvas.text([left + 0.5, top - 1.27], String(read[i]), read[i] === truth[i] ? "#333" : "#c00");
    }
  },
);
console.log(picture);
