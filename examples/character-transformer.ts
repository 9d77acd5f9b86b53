/** A transformer learns a short text, character by character, and continues it. */
import { readFileSync } from "node:fs";
import { valueAndGrad } from "@clidim/autograd";
import {
  adam,
  call,
  chain,
  clipByGlobalNorm,
  crossEntropy,
  type Layer,
  layers,
  type None,
  type ParamsOf,
  schedules,
  summary,
} from "@clidim/nn";
import {
  add,
  arange,
  argmax,
  compile,
  concat,
  key,
  mul,
  normal,
  randomInteger,
  reshape,
  slice,
  split,
  type Tensor,
  take,
  tensor,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart } from "./drawing/svg.js";

const text = readFileSync(new URL("text/light.txt", import.meta.url), "utf8").replaceAll("\n", " ");
const alphabet = [...new Set(text)].sort();
const codes = tensor(Int32Array.from(text, (character) => alphabet.indexOf(character)));

const [batch, time, features] = [16, 32, 48];

/** A learned vector per position, added: a layer of one's own is a record of three functions. */
const positions: Layer<{ readonly table: Tensor }, None> = {
  kind: "positions",
  init: (key, shape) => ({ params: { table: mul(normal(key, shape.slice(1)), 0.1) }, stats: {} }),
  apply: ({ params, stats }, x) => ({ output: add(x, params.table), stats }),
  outputShape: (shape) => shape,
};

const block = () =>
  layers.sequential({
    attention: layers.residual(
      layers.sequential(layers.layerNorm(), layers.multiHeadAttention({ heads: 4, causal: true })),
    ),
    feedForward: layers.residual(
      layers.sequential(
        layers.layerNorm(),
        layers.linear({ out: 4 * features }),
        layers.gelu(),
        layers.linear({ out: features }),
      ),
    ),
  });

const model = layers.sequential({
  characters: layers.embedding({ count: alphabet.length, size: features }),
  positions,
  first: block(),
  second: block(),
  norm: layers.layerNorm(),
  logits: layers.linear({ out: alphabet.length }),
});
console.log(summary(model, [batch, time], { dtype: "i32" }).table);

const { params } = model.init(key(0), [batch, time]);
type Params = ParamsOf<typeof model>;
/** i32 [N, T] to [N, T, alphabet]: at each position, the scores of the next character. */
const logits = (params: Params, x: Tensor): Tensor => call(model, params, x);

const steps = 360;
const optimizer = chain(
  clipByGlobalNorm(1),
  adam({
    learningRate: schedules.warmup(
      { to: 0.01, steps: 20 },
      schedules.cosine({ from: 0.01, steps: steps - 20 }),
    ),
  }),
);
const start = { params, optimizer: optimizer.init(params), key: key(1) };

const step = compile(
  (state: typeof start, codes: Tensor) => {
    const [now, next] = split(state.key);
    const begin = randomInteger(now, 0, codes.shape[0]! - time, [batch, 1]);
    const places = add(begin, arange(time));
    const [x, target] = [take(codes, places, 0), take(codes, add(places, 1), 0)];
    const loss = (params: Params): Tensor => crossEntropy(logits(params, x), target);
    const { value, grads } = valueAndGrad(loss)(state.params);
    const updated = optimizer.update(grads, state.optimizer, state.params);
    return { state: { params: updated.params, optimizer: updated.state, key: next }, loss: value };
  },
  { donate: [0] },
);

const every = 10;
const bar = progressBar("transformer", steps);
const losses: number[] = [];
let state = start;
for (let done = 1; done <= steps; done++) {
  const result = await step(state, codes);
  state = result.state;
  if (done % every !== 0) continue;
  losses.push(await result.loss.item());
  bar(done, `loss ${losses.at(-1)!.toFixed(3)}`);
}
/** Mean of the last five readings, in nats per character. */
export const loss = losses.slice(-5).reduce((sum, value) => sum + value, 0) / 5;
console.log(
  `loss ${loss.toFixed(3)} nats per character, ${Math.log(alphabet.length).toFixed(3)} by guessing`,
);

/** The likeliest next character, appended to the window, whose first one leaves. */
const continued = compile((params: Params, window: Tensor) => {
  const scores = slice(logits(params, window), [0, time - 1], [1, time]);
  const next = reshape(argmax(scores, -1), [1, 1]);
  return { window: concat([slice(window, [0, 1], [1, time]), next], 1), next };
});

let window = reshape(slice(codes, [0], [time]), [1, time]);
const written: Tensor[] = [];
for (let i = 0; i < 160; i++) {
  const result = await continued(state.params, window);
  window = result.window;
  written.push(result.next);
}
const characters = await concat(written, 1).data();
/** What it goes on to write after the first `time` characters of the text. */
export const continuation = Array.from(characters, (code) => alphabet[code]!).join("");
console.log(`\n${text.slice(0, time)}|${continuation}\n`);

/** The picture: the loss over training. */
export const picture = chart(
  "character-transformer",
  `A character transformer: ${loss.toFixed(2)} nats per character`,
  { label: "step", from: 0, to: steps },
  { label: "loss (nats per character)", from: 0, to: 4 },
  (canvas) => {
    const guess = Math.log(alphabet.length);
    canvas.line(
      [
        [0, guess],
        [steps, guess],
      ],
      "#bbb",
    );
    canvas.text([steps * 0.85, guess - 0.15], "guessing");
    canvas.line(
      losses.map((value, i): [number, number] => [(i + 1) * every, value]),
      "#1d4ed8",
    );
  },
);
console.log(picture);
