/**
 * What the three libraries do, small, in a browser: every value beside that of the float64 interpreter, or of a formula. The page
 * offers `smoke(options)`, which resolves to a report in JSON.
 */
import { grad, hessianVectorProduct, valueAndGrad } from "@clidim/autograd";
import { adam, crossEntropy, layers } from "@clidim/nn";
import {
  add,
  argmax,
  compile,
  conv2d,
  convTranspose2d,
  Device,
  dispose,
  evaluate,
  exp,
  fromPixels,
  key,
  matmul,
  mul,
  normal,
  type Pixels,
  readNpz,
  relu,
  setDefaultDevice,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toCanvas,
  transpose,
  variance,
  writeNpz,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";

export interface SmokeOptions {
  readonly kernels?: "software" | "gpu";
  /** Whether the browser's immediates may be used; uniform buffers take their place where not. */
  readonly immediates: boolean;
}

export interface Check {
  readonly name: string;
  readonly actual: readonly number[];
  readonly expected: readonly number[];
}

export interface SmokeReport {
  readonly adapter: string;
  readonly kind: string;
  readonly immediates: boolean;
  readonly checks: readonly Check[];
  /** A compiled counter that gives its memory away: what it counts to, and what is said of the state it was given. */
  readonly counted: number;
  readonly donated: string;
  readonly losses: readonly number[];
  /** The share of the points that the trained network tells apart. */
  readonly accuracy: number;
  /** What training steps 4 to 50 made: buffers, pipelines and bind groups. */
  readonly made: readonly number[];
}

/** The sum of x² eˣ, whose derivatives are (x² + 2x) eˣ and (x² + 4x + 2) eˣ. */
const curve = (x: Tensor): Tensor => sum(mul(square(x), exp(x)));

function graphs(): Record<string, readonly [actual: Tensor, expected: Tensor]> {
  const x = normal(key(1), [5, 33]);
  const image = normal(key(2), [2, 17, 14, 3]);
  const kernel = normal(key(3), [4, 4, 3, 8]);
  const down = (input: Tensor, weight: Tensor): Tensor => conv2d(input, weight, { stride: 2, padding: 1 });
  const energy = (input: Tensor, weight: Tensor): Tensor => sum(square(relu(down(input, weight))));
  const forward = {
    elementwise: add(mul(sigmoid(x), exp(x)), tensor([0.5])),
    broadcast: sub(x, transpose(normal(key(4), [33, 1]))),
    reduction: variance(x, 1),
    softmax: softmax(x),
    matmul: matmul(normal(key(5), [3, 37, 65]), normal(key(6), [65, 20])),
    conv2d: down(image, kernel),
    "conv2d, wide": conv2d(normal(key(7), [1, 9, 9, 32]), normal(key(8), [3, 3, 32, 64]), { padding: 1 }),
    convTranspose2d: convTranspose2d(normal(key(9), [1, 6, 5, 8]), kernel, { stride: 2, padding: 1 }),
    "gradient of conv2d, input": grad(energy)(image, kernel),
    "gradient of conv2d, weight": grad(energy, { argument: 1 })(image, kernel),
  };
  const second = mul(exp(x), add(mul(x, add(x, 4)), 2));
  const ones = tensor(new Float32Array(165).fill(1), { shape: [5, 33] });
  return {
    ...Object.fromEntries(Object.entries(forward).map(([name, y]) => [name, [y, y]])),
    "first derivative": [grad(curve)(x), mul(exp(x), mul(x, add(x, 2)))],
    "second derivative": [grad((v: Tensor) => sum(grad(curve)(v)))(x), second],
    hessianVectorProduct: [hessianVectorProduct(curve, x, ones), second],
  };
}

async function checkGraphs(): Promise<Check[]> {
  const pairs = Object.entries(graphs());
  // The interpreter goes first: evaluation takes the graph away.
  const expected = interpret(pairs.map(([, [, reference]]) => reference));
  const outputs = pairs.map(([, [output]]) => output);
  await evaluate(outputs);
  return Promise.all(
    pairs.map(async ([name], i) => ({
      name,
      actual: [...(await outputs[i]!.data())],
      expected: [...expected[i]!],
    })),
  );
}

async function checkFiles(): Promise<Check> {
  const data = Float32Array.of(1, -2, 0.5);
  const read = readNpz(writeNpz({ x: { dtype: "f32", shape: [3], data } }, { compress: true }));
  return { name: "npz", actual: [...read.x!.data], expected: [...data] };
}

/** Three pixels on a canvas and back: from the canvas, from a bitmap of it, and from its ImageData. */
async function checkPixels(): Promise<Check> {
  // The page runs in a browser, whose types Node's do not have.
  const { OffscreenCanvas, createImageBitmap } = globalThis as unknown as {
    readonly OffscreenCanvas: new (
      width: number,
      height: number,
    ) => {
      getContext(kind: "2d"): { getImageData(x: number, y: number, width: number, height: number): Pixels };
    };
    readonly createImageBitmap: (source: unknown) => Promise<unknown>;
  };
  const canvas = new OffscreenCanvas(1, 1);
  await toCanvas(
    tensor([
      [
        [1, 0, 0.2],
        [0, 1, 0],
        [0.4, 0.4, 2],
      ],
    ]),
    canvas as never,
  );
  const sources = [canvas, await createImageBitmap(canvas), canvas.getContext("2d").getImageData(0, 0, 3, 1)];
  const read = sources.map((source) => fromPixels(source as Pixels, { channels: 4, scale: "bytes" }));
  const bytes = [255, 0, 51, 255, 0, 255, 0, 255, 102, 102, 255, 255];
  return {
    name: "pixels",
    actual: interpret(read).flatMap((values) => [...values]),
    expected: sources.flatMap(() => bytes),
  };
}

async function count(): Promise<Pick<SmokeReport, "counted" | "donated">> {
  const step = compile((state: Tensor) => add(state, 1), { donate: [0] });
  const first = tensor([0, 0, 0]);
  let state = first;
  for (let i = 0; i < 10; i++) state = await step(state);
  const donated = await first.data().then(
    () => "nothing",
    (error: Error) => error.message,
  );
  return { counted: (await state.data())[2]!, donated };
}

/** Two interleaved half circles. */
async function train(device: Device): Promise<Pick<SmokeReport, "losses" | "accuracy" | "made">> {
  const angles = Array.from({ length: 100 }, (_, i) => (Math.PI * (i >> 1)) / 49);
  const x = tensor(
    angles.map((a, i) => (i % 2 ? [1 - Math.cos(a), 0.5 - Math.sin(a)] : [Math.cos(a), Math.sin(a)])),
  );
  const label = tensor(
    angles.map((_, i) => i % 2),
    { dtype: "i32" },
  );
  const model = layers.sequential(layers.linear({ out: 32 }), layers.tanh(), layers.linear({ out: 2 }));
  const optimizer = adam({ learningRate: 0.03 });
  const { params, stats } = model.init(key(0), x.shape);
  const predict = (p: typeof params, points: Tensor): Tensor =>
    model.apply({ params: p, stats }, points, { train: false }).output;
  const initial = { params, optimizer: optimizer.init(params) };
  const step = compile(
    (state: typeof initial, points: Tensor, labels: Tensor) => {
      const { value, grads } = valueAndGrad((p: typeof params) => crossEntropy(predict(p, points), labels))(
        state.params,
      );
      const next = optimizer.update(grads, state.optimizer, state.params);
      return { state: { params: next.params, optimizer: next.state }, loss: value };
    },
    { donate: [0] },
  );
  const resources = (): number[] => {
    const { buffersCreated, pipelines, bindGroupsCreated } = device.stats();
    return [buffersCreated, pipelines, bindGroupsCreated];
  };
  const losses: number[] = [];
  let state = initial;
  let before: number[] = [];
  for (let i = 0; i < 50; i++) {
    const result = await step(state, x, label);
    state = result.state;
    losses.push(await result.loss.item());
    dispose(result.loss);
    if (i === 2) before = resources();
  }
  const made = resources().map((value, i) => value - before[i]!);
  const predicted = await argmax(predict(state.params, x), -1).data();
  return { losses, made, accuracy: predicted.filter((c, i) => c === i % 2).length / angles.length };
}

async function smoke({ kernels, immediates }: SmokeOptions): Promise<SmokeReport> {
  // The page runs in a browser, whose types Node's do not have.
  const { gpu } = (globalThis as unknown as { navigator: { gpu?: GPU } }).navigator;
  if (gpu && !immediates) {
    const language = new Set(gpu.wgslLanguageFeatures);
    language.delete("immediate_address_space");
    Object.defineProperty(gpu, "wgslLanguageFeatures", { value: language });
  }
  const device = await Device.open(kernels ? { kernels } : {});
  setDefaultDevice(device);
  try {
    // Deno's canvas is for WebGPU alone.
    const drawing = "OffscreenCanvasRenderingContext2D" in globalThis ? [await checkPixels()] : [];
    const checks = [...(await checkGraphs()), await checkFiles(), ...drawing];
    return {
      adapter: device.toString(),
      kind: device.traits.kind,
      immediates: device.traits.immediates,
      checks,
      ...(await count()),
      ...(await train(device)),
    };
  } finally {
    device.destroy();
  }
}

Object.assign(globalThis, { smoke });
