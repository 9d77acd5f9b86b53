import * as T from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { expect, it } from "vitest";
import { grad, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const k = T.key(5);

it.each([
  ["exponential", (key: T.Tensor) => T.exponential(key, [5])],
  ["gamma", (key: T.Tensor) => T.gamma(key, 0.7, [5])],
  ["poisson", (key: T.Tensor) => T.poisson(key, T.tensor([3, 30]), [3, 2])],
  ["dirichlet", (key: T.Tensor) => T.dirichlet(key, T.tensor([1, 2, 3]))],
  ["multivariateNormal", (key: T.Tensor) => T.multivariateNormal(key, T.tensor([1, 2]), T.eye(2), [3])],
  ["categorical", (key: T.Tensor) => T.categorical(key, T.zeros([4, 3]))],
  ["choice", (key: T.Tensor) => T.choice(key, 9, [4], { replace: false })],
] as const)("vmap over keys draws what each key draws: %s", (_, draw) => {
  const keys = T.split(k, 3);
  const all = vmap(draw)(T.stack(keys, 0));
  expect(valuesOf(all)).toEqual(keys.flatMap((key) => valuesOf(draw(key))));
});

it("a batch of parameters with one key draws what each parameter draws", () => {
  const shapes = T.tensor([0.3, 1, 8]);
  const all = vmap((a: T.Tensor) => T.gamma(k, a, [4]))(shapes);
  expectClose(
    valuesOf(all),
    [0.3, 1, 8].flatMap((a) => valuesOf(T.gamma(k, Math.fround(a), [4]))),
  );
});

it("the mean and the factor of a covariance have gradients", () => {
  checkGradients(
    (mean: T.Tensor, factor: T.Tensor) => {
      const covariance = T.add(T.matmul(factor, T.transpose(factor)), T.eye(2));
      return T.square(T.multivariateNormal(k, mean, covariance, [3]));
    },
    [T.tensor([0.3, -1]), T.tensor([0.5, 0.2, -0.4, 1], { shape: [2, 2] })],
  );
});

it("location, scale and bounds have gradients", () => {
  const parameters = [T.tensor([0.3]), T.tensor([1.7])] as const;
  const scaled = (draws: T.Tensor) => (location: T.Tensor, scale: T.Tensor) =>
    T.square(T.add(T.mul(draws, scale), location));
  for (const draw of [T.exponential, T.gumbel, T.laplace, T.logistic]) {
    checkGradients(scaled(draw(k, [6])), parameters);
  }
  checkGradients(scaled(T.gamma(k, 2, [6])), parameters);
  checkGradients(
    (lower: T.Tensor, upper: T.Tensor) => T.square(T.truncatedNormal(k, lower, upper, [6])),
    parameters,
  );
});

it("no gradient flows to what the accepted number depends on", () => {
  const f = (a: T.Tensor): T.Tensor => T.sum(T.gamma(k, a, [6]));
  expect(valuesOf(grad(f)(T.tensor([0.5])))).toEqual([0]);
});
