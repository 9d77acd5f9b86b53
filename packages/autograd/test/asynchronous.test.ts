import { sum, type Tensor, tensor } from "@clidim/tensor";
import { expect, test } from "vitest";
import { checkpoint, customVjp, grad, jacobian, jvp, linearize, vjp, vmap } from "../src/index.js";

/** As JavaScript may have it. What it is rejected with would end the tests, if nobody looked at it. */
const rejected = (async () => {
  await Promise.resolve();
  throw new Error("told to nobody");
}) as unknown as (x: Tensor) => Tensor;

const x = tensor([1, 2]);

test.each<readonly [op: string, name: string, call: () => unknown]>([
  ["grad", "the function", () => grad(rejected)(x)],
  ["vjp", "the function", () => vjp(rejected, x)],
  ["jvp", "the function", () => jvp(rejected, [x], [x])],
  ["linearize", "the function", () => linearize(rejected, x)],
  ["jacobian", "the function", () => jacobian(rejected)(x)],
  ["checkpoint", "the function", () => checkpoint(rejected)(x)],
  ["customVjp", "forward", () => customVjp(rejected, (g) => [g])(x)],
  [
    "customVjp",
    "backward",
    () =>
      grad((v: Tensor) =>
        sum(customVjp((w: Tensor) => w, rejected as unknown as (g: Tensor) => [Tensor])(v)),
      )(x),
  ],
  ["vmap", "the function", () => vmap(rejected)(x)],
])("%s says that %s is async, and nothing of it is left over", async (op, name, call) => {
  expect(call).toThrow(
    new RegExp(`^${op}: ${name} is async, but nothing runs while it is .*; make it synchronous$`),
  );
  await new Promise((resolve) => setTimeout(resolve));
});
