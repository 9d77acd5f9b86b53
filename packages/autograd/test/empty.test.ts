import {
  add,
  compile,
  concat,
  conv2d,
  convTranspose2d,
  einsum,
  key,
  logSumExp,
  matmul,
  max,
  mean,
  mul,
  normal,
  pad,
  prod,
  reshape,
  scatterAdd,
  slice,
  softmax,
  square,
  stack,
  sum,
  type Tensor,
  take,
  tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { grad, valueAndGrad } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const numbers = (...shape: number[]): Tensor => normal(key(shape.length), shape);
const none = tensor(new Int32Array(0));

describe("gradients of empty tensors", () => {
  const cases: Readonly<Record<string, readonly [(...xs: Tensor[]) => Tensor, readonly Tensor[]]>> = {
    elementwise: [(x, y) => mul(x, add(y, 1)), [numbers(0, 3), numbers(3)]],
    where: [(x, y) => where(tensor([true, false]), x, y), [numbers(0, 2), numbers(2)]],
    sum: [(x) => square(sum(x, 0)), [numbers(0, 3)]],
    prod: [(x) => prod(x, 1), [numbers(3, 0)]],
    "max of the other axis": [(x) => max(x, 1), [numbers(0, 3)]],
    logSumExp: [(x, y) => mul(add(softmax(x), 1), sum(y)), [numbers(2, 0), numbers(2)]],
    "reshape and transpose": [(x) => transpose(reshape(square(x), [2, 0])), [numbers(0, 3)]],
    "slice of nothing": [(x) => square(slice(x, [1], [1])), [numbers(4, 2)]],
    "slice of nothing with a step": [(x) => square(slice(x, [0, 1], [0, 4], [2, 2])), [numbers(3, 5)]],
    pad: [
      (x) =>
        square(
          pad(x, [
            [1, 2],
            [0, 0],
          ]),
        ),
      [numbers(0, 2)],
    ],
    concat: [(x, y) => square(concat([x, y, x], 0)), [numbers(0, 2), numbers(2, 2)]],
    stack: [(x) => stack([x, square(x)], 0), [numbers(0)]],
    "take nothing": [(x) => square(take(x, none, 0)), [numbers(4, 2)]],
    "take from nothing": [(x) => square(take(x, none, 0)), [numbers(0, 2)]],
    scatterAdd: [(x) => square(scatterAdd(x, none, 0, 3)), [numbers(0, 2)]],
    "matmul over nothing": [(a, b) => square(matmul(a, b)), [numbers(2, 0), numbers(0, 3)]],
    "matmul without rows": [(a, b) => square(matmul(a, b)), [numbers(0, 3), numbers(3, 2)]],
    "matmul of batches": [(a, b) => square(matmul(a, b)), [numbers(0, 2, 3), numbers(3, 2)]],
    einsum: [(a, b) => square(einsum("ij,kj->ik", a, b)), [numbers(2, 0), numbers(3, 0)]],
    conv2d: [(x, w) => square(conv2d(x, w)), [numbers(0, 4, 4, 2), numbers(3, 3, 2, 3)]],
    "conv2d without channels": [(x, w) => square(conv2d(x, w)), [numbers(1, 4, 4, 0), numbers(3, 3, 0, 2)]],
    convTranspose2d: [(y, w) => square(convTranspose2d(y, w)), [numbers(0, 2, 2, 3), numbers(3, 3, 2, 3)]],
  };
  it.each(Object.entries(cases))("%s", (_name, [f, inputs]) => checkGradients(f, inputs));

  it("are those of a sum over nothing on the device", async () => {
    const batch = numbers(0, 3);
    const step = compile((weight: Tensor, x: Tensor) =>
      valueAndGrad((w: Tensor, y: Tensor) => sum(square(matmul(y, w))), { argument: [0, 1] })(weight, x),
    );
    const { value, grads } = await step(numbers(3, 2), batch);
    expect(await value.item()).toBe(0);
    expect([...(await grads[0].data())]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([grads[1].shape, (await grads[1].data()).length]).toEqual([[0, 3], 0]);
  });

  it("a mean of nothing is NaN and has no gradient beside", () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(mean(x), sum(square(y)));
    expect(grad(f)(numbers(0, 2), numbers(2)).shape).toEqual([0, 2]);
    expect(valuesOf(grad(f, { argument: 1 })(numbers(0, 2), tensor([1, 2])))).toEqual([2, 4]);
    expect(grad((x: Tensor) => sum(logSumExp(x, 1)))(numbers(2, 0)).shape).toEqual([2, 0]);
  });
});
