import { grad, vmap } from "@clidim/autograd";
import { add, isFloat, mul, sizeOf, stack, sum, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { type Case, cases, compute, inputsOf, nameOf } from "./operators/cases.js";

// The samples of every operation, of which vmap has to make what a loop makes, NaN and infinities included.

/** The values in another order, by which an operation is as much defined. */
const rotated = (x: Tensor): Tensor => {
  const [first, ...others] = valuesOf(x);
  return first === undefined ? x : tensor([...others, first], { shape: x.shape, dtype: x.dtype });
};

/** A scalar that weighs every element otherwise. */
const weighted = (results: readonly Tensor[]): Tensor =>
  results
    .filter(({ dtype }) => isFloat(dtype))
    .map((result) => {
      const weights = Float32Array.from(
        { length: sizeOf(result.shape) },
        (_, i) => 0.5 + ((37 * i) % 11) / 8,
      );
      return sum(mul(result, tensor(weights, { shape: result.shape, dtype: result.dtype })));
    })
    .reduce((a, b) => add(a, b));

/** Which operands differ between the examples: all, or one alone. */
function batchesOf(inputs: readonly Tensor[]): (readonly boolean[])[] {
  const all = inputs.map(() => true);
  return inputs.length < 2 ? [all] : [all, ...inputs.map((_, one) => inputs.map((_, i) => i === one))];
}

/** What is wrong with the results of `f` for two examples at once. */
function differences(f: (...xs: Tensor[]) => readonly Tensor[], inputs: readonly Tensor[]): string[] {
  return batchesOf(inputs).flatMap((differs) => {
    const examples = [inputs, inputs.map((x, i) => (differs[i] ? rotated(x) : x))];
    const inAxes = inputs.map(({ shape }, i) => (differs[i] ? shape.length >> 1 : null));
    const args = inputs.map((x, i) => (differs[i] ? stack([x, examples[1]![i]!], x.shape.length >> 1) : x));
    const all = vmap(f, { inAxes })(...args);
    const looped = examples.map((one) => f(...one));
    const expected = all.map((_, k) => stack([looped[0]![k]!, looped[1]![k]!], 0));
    const values = interpret([...all, ...expected]);
    return all.flatMap((result, k) => {
      const which = `${inAxes.map(String).join(", ")}, result ${k}`;
      if (String(result) !== String(expected[k])) return [`${which}: ${String(result)}`];
      const wanted = values[all.length + k]!;
      const wrong = values[k]!.findIndex(
        (value, i) =>
          !(
            Object.is(value, wanted[i]) ||
            Math.abs(value - wanted[i]!) <= 1e-9 * (1 + Math.abs(wanted[i]!)) ||
            value === wanted[i]
          ),
      );
      return wrong < 0
        ? []
        : [`${which}: element ${wrong} is ${values[k]![wrong]}, a loop has ${wanted[wrong]}`];
    });
  });
}

/** What is wrong with a sample, or with its gradients; what has no operands has nothing to batch. */
const found = (sample: Case, gradients: boolean): string[] => {
  const inputs = inputsOf(sample);
  if (inputs.length === 0) return [];
  if (!gradients) return differences((...xs) => compute(sample, xs), inputs);
  const argument = sample.gradients.flatMap((gradient, i) => (gradient === null ? [] : [i]));
  if (argument.length === 0) return [];
  return differences(
    (...xs) => grad((...ys: Tensor[]) => weighted(compute(sample, ys)), { argument })(...xs),
    inputs,
  );
};

describe("every operation, batched, is a loop over the examples", () => {
  it.each([
    ["values", false],
    ["gradients", true],
  ] as const)("%s", (_, gradients) => {
    const wrong = cases.flatMap((sample) =>
      found(sample, gradients).map((difference) => `${nameOf(sample)}, axes ${difference}`),
    );
    expect(wrong).toEqual([]);
  });
});
