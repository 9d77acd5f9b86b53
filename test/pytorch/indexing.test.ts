import { readFileSync } from "node:fs";
import { vjp } from "@clidim/autograd";
import * as T from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

interface Expected {
  readonly shape: T.Shape;
  /** Text where a number is not finite. */
  readonly values: readonly (number | string)[];
}

interface Case {
  readonly name: keyof typeof functions;
  readonly arguments: readonly unknown[];
  readonly shapes: readonly T.Shape[];
  readonly results: readonly Expected[];
  /** The members that the results are, where there are several. */
  readonly members?: readonly string[];
  readonly gradients?: readonly (readonly (number | string)[])[];
}

const functions = {
  ...T,
  searchsorted: (sorted: T.Tensor, values: T.Tensor, options: T.SearchOptions) =>
    T.searchsorted(T.sort(sorted), values, options),
  // The updates are floats, so they are among the first arguments here.
  scatter: (x: T.Tensor, updates: T.Tensor, indices: T.Tensor, axis: number, options: T.ScatterOptions) =>
    T.scatter(x, indices, updates, axis, options),
  scatterNd: (x: T.Tensor, updates: T.Tensor, indices: T.Tensor, options: T.ScatterOptions) =>
    T.scatterNd(x, indices, updates, options),
};

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("indexing.json", import.meta.url), "utf8"));

const inputsOf = ({ shapes }: Case): T.Tensor[] =>
  shapes.map((shape, seed) =>
    T.tensor(
      Float64Array.from(
        { length: T.sizeOf(shape) },
        (_, i) => Math.round(Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5) * 8) / 8,
      ),
      { shape },
    ),
  );

/** Lists of integers and bools as tensors, anything else as it is. */
function argument(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  const { shape } = given as { readonly shape: T.Shape };
  for (const dtype of ["i32", "bool"] as const) {
    if (dtype in given) {
      return T.tensor(Int32Array.from((given as Record<typeof dtype, number[]>)[dtype]), { shape, dtype });
    }
  }
  return given;
}

/** The results in the order of the file. */
function call({ name, arguments: rest, members }: Case, inputs: readonly T.Tensor[]): T.Tensor[] {
  const f = functions[name] as (...all: readonly unknown[]) => T.Tensor | Record<string, T.Tensor>;
  const result = f(...inputs, ...rest.map(argument));
  return result instanceof T.Tensor ? [result] : members!.map((member) => result[member]!);
}

const numbersOf = (values: readonly (number | string)[]): number[] => values.map(Number);

const titles = cases.map(
  (one) => [`${one.name} ${JSON.stringify(one.arguments)} of ${JSON.stringify(one.shapes)}`, one] as const,
);

describe("choosing, ordering and placing elements as PyTorch does", () => {
  it.each(titles)("%s", (_title, one) => {
    const inputs = inputsOf(one);
    for (const [k, result] of call(one, inputs).entries()) {
      expect(result.shape).toEqual(one.results[k]!.shape);
      expectClose(valuesOf(result), numbersOf(one.results[k]!.values), 2e-6);
    }
    if (!one.gradients) return;
    const { value, pullback } = vjp((xs: T.Tensor[]) => call(one, xs)[0]!, inputs);
    const cotangent = T.tensor(
      Float64Array.from({ length: T.sizeOf(value.shape) }, (_, i) => Math.sin(i + 1)),
      { shape: value.shape },
    );
    const [gradients] = pullback(cotangent);
    for (const [k, expected] of one.gradients.entries()) {
      expectClose(valuesOf(gradients[k]!), numbersOf(expected), 2e-6);
    }
  });

  it("are the same on the device, the last of each function", async () => {
    for (const one of new Map(cases.map((one) => [one.name, one])).values()) {
      const results = call(one, inputsOf(one));
      await T.evaluate(results);
      for (const [k, result] of results.entries()) {
        expectClose([...(await result.data())], numbersOf(one.results[k]!.values), 1e-5);
      }
    }
  });
});
