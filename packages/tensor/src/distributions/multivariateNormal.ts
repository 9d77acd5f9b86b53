import { add } from "../ops/arithmetic.js";
import { cholesky } from "../ops/linalg/cholesky.js";
import { matmul } from "../ops/matmul.js";
import { expandDims, squeeze } from "../ops/reshape.js";
import { describe, expectDType, expectShape } from "../primitives/expect.js";
import { normal } from "../random.js";
import { broadcastShapes, formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Normal f32 vectors [...shape, n] of the mean [..., n] and the covariance [..., n, n], whose other axes broadcast to `shape`: mean + L z with the covariance's Cholesky factor L and standard normal numbers z, as
 * JAX's `multivariate_normal`. NaN where the covariance is not positive definite. Gradients go to mean and covariance.
 */
export function multivariateNormal(
  key: Tensor,
  mean: Tensor,
  covariance: Tensor,
  shape: Shape = broadcastShapes(
    "multivariateNormal",
    mean.shape.slice(0, -1),
    covariance.shape.slice(0, -2),
  ),
): Tensor {
  expectDType("multivariateNormal", "mean", mean, "float");
  expectDType("multivariateNormal", "covariance", covariance, "float");
  expectShape("multivariateNormal", shape);
  const n = mean.shape.at(-1);
  if (n === undefined || covariance.shape.length < 2 || !sameShape(covariance.shape.slice(-2), [n, n])) {
    throw new Error(
      `multivariateNormal: expected a mean [...,n] and a covariance [...,n,n], got ${describe(mean)} and ${describe(covariance)}`,
    );
  }
  for (const given of [mean.shape.slice(0, -1), covariance.shape.slice(0, -2)]) {
    if (sameShape(broadcastShapes("multivariateNormal", given, shape), shape)) continue;
    throw new Error(
      `multivariateNormal: expected parameters whose other axes broadcast to shape ${formatShape(shape)}, got ${describe(mean)} and ${describe(covariance)}; give the shape of all draws`,
    );
  }
  const z = expandDims(normal(key, [...shape, n]), -1);
  return add(mean, squeeze(matmul(cholesky(covariance), z), -1));
}
