/**
 * A physical model is fitted to noisy measurements: amplitude, decay, frequency and phase of a damped oscillation by gradient
 * descent from many starts at once, their uncertainties from second derivatives.
 */
import { grad, hessianVectorProduct } from "@clidim/autograd";
import { adam } from "@clidim/nn";
import {
  add,
  arange,
  argmin,
  cast,
  compile,
  concat,
  cos,
  exp,
  eye,
  key,
  mean,
  mul,
  neg,
  normal,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart, type Point } from "./drawing/svg.js";

const names = ["amplitude", "decay (1/s)", "frequency (Hz)", "phase (rad)"] as const;
/** What the measurements are made with, in the order of `names`, and what the fit should find. */
export const truth = [1.5, 0.35, 1.2, 0.4] as const;

/** amplitude exp(-decay t) cos(2 pi frequency t + phase): parameters [N, 4] and times [T] give [N, T]. */
function displacement(parameters: Tensor, times: Tensor): Tensor {
  const rows = parameters.shape[0]!;
  const column = (i: number): Tensor => slice(parameters, [0, i], [rows, i + 1]);
  const angle = add(mul(mul(column(2), times), 2 * Math.PI), column(3));
  return mul(mul(column(0), exp(neg(mul(column(1), times)))), cos(angle));
}

const [count, duration, deviation] = [150, 6, 0.15];
const times = mul(cast(arange(count), "f32"), duration / count);
const exact = displacement(tensor([[...truth]]), times);
const measured = add(exact, mul(normal(key(7), [1, count]), deviation));

// The error has a valley near the right frequency and is flat elsewhere, so 16 fits run side by side.
const starts = Array.from({ length: 16 }, (_, i) => [1, 0.1, 0.25 + 0.15 * i, 0]);
/** The mean squared error of each fit, [N]. */
const errors = (fits: Tensor): Tensor => mean(square(sub(displacement(fits, times), measured)), 1);

const optimizer = adam({ learningRate: 0.02 });
const fits = tensor(starts);
const start = { fits, optimizer: optimizer.init(fits) };

const step = compile(
  (state: typeof start) => {
    // No fit depends on another, so the gradient of the sum is that of each.
    const gradient = grad((fits: Tensor) => sum(errors(fits)))(state.fits);
    const next = optimizer.update(gradient, state.optimizer, state.fits);
    return { fits: next.params, optimizer: next.state };
  },
  { donate: [0] },
);

const steps = 400;
const bar = progressBar("oscillator", steps);
let state = start;
for (let done = 1; done <= steps; done++) {
  state = await step(state);
  if (done % 25 === 0)
    bar(done, `smallest error ${Math.min(...(await errors(state.fits).data())).toFixed(4)}`);
}

const fit = take(state.fits, argmin(errors(state.fits), 0, { keepDims: true }), 0);
const sumOfSquares = (parameters: Tensor): Tensor =>
  sum(square(sub(displacement(parameters, times), measured)));
const variance = (await sumOfSquares(fit).item()) / (count - names.length);

// Row i of the Hessian is its product with unit vector i. The covariance of the parameters is twice the variance of the noise
// times the inverse Hessian of the sum of squares.
const units = names.map((_, i) => slice(eye(names.length), [i, 0], [i + 1, names.length]));
const hessian = concat(
  units.map((unit) => hessianVectorProduct(sumOfSquares, fit, unit)),
  0,
);
const rows = Array.from(await hessian.data());
const inverse = invert(names.map((_, i) => rows.slice(i * names.length, (i + 1) * names.length)));

/** The parameters found, in the order of `names`. */
export const found = [...(await fit.data())];
/** Their standard errors. */
export const errorBars = inverse.map((row, i) => Math.sqrt(2 * variance * row[i]!));
names.forEach((name, i) => {
  const [value, error] = [found[i]!.toFixed(3), errorBars[i]!.toFixed(3)];
  console.log(`${name.padEnd(15)} ${value} ± ${error}   (made with ${truth[i]})`);
});

/** The inverse of a small symmetric positive matrix, by Gauss-Jordan elimination. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    const pivot = work[k]!.map((value) => value / work[k]![k]!);
    for (let i = 0; i < n; i++) {
      const factor = work[i]![k]!;
      work[i] = i === k ? pivot : work[i]!.map((value, j) => value - factor * pivot[j]!);
    }
  }
  return work.map((row) => row.slice(n));
}

const dense = Array.from({ length: 400 }, (_, i) => (i * duration) / 400);
const curve = await displacement(fit, tensor(dense)).data();
const dots = await measured.data();
/** The picture: measurements and the fitted curve. */
export const picture = chart(
  "damped-oscillator",
  `A damped oscillator: ${found[2]!.toFixed(3)} ± ${errorBars[2]!.toFixed(3)} Hz`,
  { label: "time (s)", from: 0, to: duration },
  { label: "displacement", from: -2, to: 2 },
  (canvas) => {
    canvas.line(
      dense.map((t, i): Point => [t, curve[i]!]),
      "#1d4ed8",
    );
    dots.forEach((value, i) => {
      canvas.dot([(i * duration) / count, value], "#c2410c");
    });
  },
);
console.log(picture);
