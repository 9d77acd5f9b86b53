/** How well each place of a plate conducts heat, found from how four hot spots have spread: the step of the simulation is a kernel of our own. */
import { grad } from "@clidim/autograd";
import { adam } from "@clidim/nn";
import {
  type Aval,
  add,
  compile,
  customKernel,
  mean,
  mul,
  type ReferenceValue,
  scan,
  sigmoid,
  sizeOf,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart } from "./drawing/svg.js";

const size = 16;
const sources = 4;
const turns = 30;

/** Module of a kernel over plates [sources, size, size]: an invocation per place, `term` for each of its neighbours, no heat beyond the edges. */
const stencil = (names: readonly [string, string], term: string): string => `
  @group(0) @binding(0) var<storage, read> ${names[0]}: array<f32>;
  @group(0) @binding(1) var<storage, read> ${names[1]}: array<f32>;
  @group(0) @binding(2) var<storage, read_write> result: array<f32>;
  struct Parameters { count: u32, size: u32 }

  fn term(i: u32, j: u32, k: u32, l: u32) -> f32 { return ${term}; }

  @compute @workgroup_size(64)
  fn main(@builtin(global_invocation_id) id: vec3u) {
    let i = id.x;
    if (i >= p.count) { return; }
    let place = i % (p.size * p.size);
    let row = place / p.size;
    let column = place % p.size;
    var sum = 0.0;
    if (row > 0u) { sum += term(i, i - p.size, place, place - p.size); }
    if (row + 1u < p.size) { sum += term(i, i + p.size, place, place + p.size); }
    if (column > 0u) { sum += term(i, i - 1u, place, place - 1u); }
    if (column + 1u < p.size) { sum += term(i, i + 1u, place, place + 1u); }
    result[i] = sum;
  }`;

/** The same loop in float64. */
const stencilReference = ({ shape }: Aval, term: (i: number, j: number, k: number, l: number) => number) =>
  Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const place = i % size ** 2;
    const [row, column] = [Math.floor(place / size), place % size];
    let sum = 0;
    for (const [offset, exists] of [
      [-size, row > 0],
      [size, row + 1 < size],
      [-1, column > 0],
      [1, column + 1 < size],
    ] as const) {
      if (exists) sum += term(i, i + offset, place, place + offset);
    }
    return sum;
  });

const shared = {
  outputs: (heat: Aval, _other: Aval): Aval => heat,
  workgroups: (heat: Aval) => Math.ceil(sizeOf(heat.shape) / 64),
  parameters: ({ shape }: Aval) => ({ count: sizeOf(shape), size }),
};

/** What flows into each place: from every neighbour the difference times the mean of both conductivities. */
export const flow: (heat: Tensor, conductivity: Tensor) => Tensor = customKernel({
  ...shared,
  name: "flow",
  wgsl: stencil(["heat", "conductivity"], "0.5 * (conductivity[k] + conductivity[l]) * (heat[j] - heat[i])"),
  reference: (heat: ReferenceValue, { data: c }: ReferenceValue) =>
    stencilReference(heat, (i, j, k, l) => 0.5 * (c[k]! + c[l]!) * (heat.data[j]! - heat.data[i]!)),
  // A flow is as strong in the other direction, so that the map is its own transpose.
  vjp: (gradient, [heat, conductivity]) => [
    flow(gradient, conductivity),
    sum(conductivityGradient(gradient, heat), 0),
  ],
});

/** What the flows say of the conductivity of each place. */
const conductivityGradient = customKernel({
  ...shared,
  name: "conductivity gradient",
  wgsl: stencil(["gradient", "heat"], "0.5 * (gradient[i] - gradient[j]) * (heat[j] - heat[i])"),
  reference: (gradient: ReferenceValue, { data: heat }: ReferenceValue) =>
    stencilReference(
      gradient,
      (i, j) => 0.5 * (gradient.data[i]! - gradient.data[j]!) * (heat[j]! - heat[i]!),
    ),
});

/** The heat [sources, size, size] after some time. */
const simulate = (conductivity: Tensor, start: Tensor): Tensor =>
  scan((heat: Tensor) => ({ carry: add(heat, flow(heat, conductivity)), y: undefined }), start, undefined, {
    length: turns,
  }).carry;

const cells = Array.from({ length: size ** 2 }, (_, i) => [i % size, Math.floor(i / size)] as const);
/** A ring that conducts five times as well as the plate. */
export const truth = cells.map(([x, y]) => {
  const radius = Math.hypot(x - size / 2, y - size / 2);
  return radius > 2.5 && radius < 5.5 ? 0.2 : 0.04;
});
const spots = [
  [4, 4],
  [11, 4],
  [4, 11],
  [11, 11],
] as const;
const start = tensor(
  spots.flatMap(([sx, sy]) => cells.map(([x, y]) => 10 * Math.exp(-((x - sx) ** 2 + (y - sy) ** 2) / 12))),
  { shape: [sources, size, size] },
);
const plate = [size, size];
const observed = simulate(tensor(truth, { shape: plate }), start);

/** Between 0 and 0.24, above which the steps would be too long. */
const conductivityOf = (raw: Tensor): Tensor => mul(sigmoid(raw), 0.24);
const roughness = (x: Tensor): Tensor =>
  add(
    mean(square(sub(slice(x, [1, 0], [size, size]), slice(x, [0, 0], [size - 1, size])))),
    mean(square(sub(slice(x, [0, 1], [size, size]), slice(x, [0, 0], [size, size - 1])))),
  );

const optimizer = adam({ learningRate: 0.3 });
const step = compile(
  (raw: Tensor, state: ReturnType<typeof optimizer.init<Tensor>>, target: Tensor, hot: Tensor) => {
    const gradient = grad((x: Tensor) => {
      const error = mean(square(sub(simulate(conductivityOf(x), hot), target)));
      return add(error, mul(roughness(conductivityOf(x)), 1e-2));
    })(raw);
    return optimizer.update(gradient, state, raw);
  },
  { donate: [0, 1] },
);

const steps = 60;
const bar = progressBar("conductivity", steps);
let raw = zeros(plate);
let state = optimizer.init(raw);
for (let done = 1; done <= steps; done++) {
  ({ params: raw, state } = await step(raw, state, observed, start));
  if (done % 10 === 0) bar(done, "");
}

/** Row by row. */
export const found = await conductivityOf(raw).data();
const error = Math.sqrt(truth.reduce((sum, value, i) => sum + (found[i]! - value) ** 2, 0) / truth.length);
console.log(`root mean square error ${error.toFixed(4)} of conductivities from 0.04 to 0.2`);

/** The picture: the truth on the left, what was found on the right. */
export const picture = chart(
  "conductivity",
  "Conductivity of a plate: true, and found from four hot spots",
  { label: "x", from: 0, to: 2 * size + 2 },
  { label: "y", from: 0, to: size },
  (canvas) => {
    for (const [offset, values] of [
      [0, truth],
      [size + 2, found],
    ] as const) {
      cells.forEach(([x, y], i) => {
        const level = Math.round(255 - 1100 * Math.min(values[i]!, 0.22));
        canvas.cell([offset + x, y], [offset + x + 1, y + 1], `rgb(255 ${level} ${Math.max(0, level - 60)})`);
      });
    }
  },
);
console.log(picture);
