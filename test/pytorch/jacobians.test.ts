import { readFileSync } from "node:fs";
import { grad, hessian, jacobian, vmap } from "@clidim/autograd";
import * as T from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

// What jacobians.py has written; images and kernels have PyTorch's layout there.

interface Expected {
  readonly shape: T.Shape;
  readonly values: readonly number[];
}

interface Fixture {
  readonly jacobians: Readonly<
    Record<string, { readonly shapes: readonly T.Shape[]; readonly values: readonly Expected[] }>
  >;
  readonly hessians: Readonly<
    Record<string, { readonly shapes: readonly T.Shape[]; readonly values: readonly (readonly Expected[])[] }>
  >;
  readonly examples: {
    readonly shapes: Readonly<Record<"images" | "kernel" | "weight", T.Shape>>;
    readonly labels: readonly number[];
    readonly kernel: Expected;
    readonly weight: Expected;
  };
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("jacobians.json", import.meta.url), "utf8"));

const filled = (shape: T.Shape, seed: number): T.Tensor =>
  T.tensor(
    Float64Array.from({ length: T.sizeOf(shape) }, (_, i) =>
      Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5),
    ),
    { shape },
  );

function expectEqual(actual: T.Tensor, { shape, values }: Expected): void {
  expect(actual.shape).toEqual(shape);
  // The operands are single precision here.
  expectClose(valuesOf(actual), [...values], 1e-5);
}

type Function = (...xs: T.Tensor[]) => T.Tensor;

const normalized = (x: T.Tensor): T.Tensor => {
  const deviation = T.sub(x, T.mean(x, -1, { keepDims: true }));
  return T.div(deviation, T.sqrt(T.add(T.variance(x, -1, { keepDims: true }), 1e-5)));
};

const functions: Readonly<Record<string, Function>> = {
  softmax: (x) => T.softmax(x!, -1),
  affine: (x, w) => T.tanh(T.matmul(x!, w!)),
  norm: (x) => normalized(x!),
  largest: (x) => T.max(x!, 1),
  product: (x) => T.prod(x!, 1),
  convolution: (x, w) => {
    const y = T.conv2d(T.transpose(x!, [0, 2, 3, 1]), T.transpose(w!, [2, 3, 1, 0]), { padding: 1 });
    return T.transpose(y, [0, 3, 1, 2]);
  },
};

const scalars: Readonly<Record<string, Function>> = {
  rosenbrock: (x) => {
    const [head, tail] = [T.slice(x!, [0], [4]), T.slice(x!, [1], [5])];
    const valley = T.mul(T.square(T.sub(tail, T.square(head))), 100);
    return T.sum(T.add(valley, T.square(T.sub(1, head))));
  },
  logsumexp: (x) => T.log(T.sum(T.exp(x!))),
  bilinear: (x, y) => T.sum(T.matmul(T.sin(x!), T.exp(y!))),
};

describe("agrees with PyTorch", () => {
  for (const [name, { shapes, values }] of Object.entries(fixture.jacobians)) {
    it(`on the Jacobian of ${name}, in both modes`, () => {
      const argument = shapes.map((_, i) => i);
      for (const mode of ["reverse", "forward"] as const) {
        const blocks = jacobian(functions[name]!, { argument, mode })(...shapes.map(filled));
        blocks.forEach((block, i) => {
          expectEqual(block, values[i]!);
        });
      }
    });
  }

  for (const [name, { shapes, values }] of Object.entries(fixture.hessians)) {
    it(`on the Hessian of ${name}`, () => {
      const argument = shapes.map((_, i) => i);
      hessian(scalars[name]!, { argument })(...shapes.map(filled)).forEach((row, i) => {
        row.forEach((block, j) => {
          expectEqual(block, values[i]![j]!);
        });
      });
    });
  }

  it("on the gradients of each example of a small network", () => {
    const { shapes, labels, kernel, weight } = fixture.examples;
    const [images, k, w] = [filled(shapes.images, 0), filled(shapes.kernel, 1), filled(shapes.weight, 2)];
    type Network = { readonly k: T.Tensor; readonly w: T.Tensor };
    const loss = ({ k, w }: Network, image: T.Tensor, label: T.Tensor): T.Tensor => {
      const x = T.transpose(T.expandDims(image, 0), [0, 2, 3, 1]);
      const features = T.maxPool2d(T.relu(T.conv2d(x, T.transpose(k, [2, 3, 1, 0]))), { kernel: 2 });
      const scores = T.matmul(T.reshape(T.transpose(features, [0, 3, 1, 2]), [12]), w);
      return T.sub(T.log(T.sum(T.exp(scores))), T.take(scores, label, 0));
    };
    const gradients = vmap(grad(loss), { inAxes: [null, 0, 0] })(
      { k, w },
      images,
      T.tensor(Int32Array.from(labels)),
    );
    expectEqual(gradients.k, kernel);
    expectEqual(gradients.w, weight);
  });
});
