import { readFileSync } from "node:fs";
import { vjp } from "@clidim/autograd";
import * as T from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

interface Case {
  readonly name: keyof typeof functions;
  readonly arguments: readonly never[];
  readonly shapes: readonly T.Shape[];
  readonly shape: T.Shape;
  readonly result: readonly number[];
  readonly indices?: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

type Result = T.Tensor | T.MaxPoolWithIndices;

/** The functions with their inputs last; what the script did to the inputs is done here too. */
const functions = {
  ...T,
  gridSample: (x: T.Tensor, grid: T.Tensor, options: T.GridSampleOptions) =>
    T.gridSample(x, T.mul(grid, 2), options),
  einsum: (...all: readonly unknown[]) => T.einsum(all.at(-1) as string, ...(all.slice(0, -1) as T.Tensor[])),
  round: (x: T.Tensor, decimals: number) => T.round(decimals < 0 ? T.mul(x, 37.3) : x, decimals),
};

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("imageFunctions.json", import.meta.url), "utf8"),
);

const inputsOf = ({ shapes }: Case): T.Tensor[] =>
  shapes.map((shape, seed) =>
    T.tensor(
      Float64Array.from({ length: T.sizeOf(shape) }, (_, i) =>
        Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5),
      ),
      { shape },
    ),
  );

const call = ({ name, arguments: rest }: Case, inputs: readonly T.Tensor[]): Result =>
  (functions[name] as (...all: readonly unknown[]) => Result)(...inputs, ...rest);

const valuesIn = (result: Result): T.Tensor => (result instanceof T.Tensor ? result : result.values);

const titles = cases.map(
  (one) => [`${one.name} ${JSON.stringify(one.arguments)} of ${JSON.stringify(one.shapes)}`, one] as const,
);

describe("functions of images as PyTorch has them", () => {
  it.each(titles)("%s", (_title, one) => {
    const inputs = inputsOf(one);
    const { value, pullback } = vjp((xs: T.Tensor[]) => valuesIn(call(one, xs)), inputs);
    expect(value.shape).toEqual(one.shape);
    // Values are single precision where they come from the host.
    expectClose(valuesOf(value), one.result, 3e-6);
    const cotangent = T.tensor(
      Float64Array.from({ length: T.sizeOf(one.shape) }, (_, i) => Math.sin(i + 1)),
      { shape: one.shape },
    );
    const [gradients] = pullback(cotangent);
    for (const [k, expected] of one.gradients.entries()) {
      expectClose(valuesOf(gradients[k]!), expected, 3e-5);
    }
    const result = call(one, inputs);
    if (!(result instanceof T.Tensor)) expect(valuesOf(result.indices)).toEqual(one.indices);
  });

  it("are the same on the device, the first of each function and mode", async () => {
    const kinds = new Map<string, Case>();
    for (const one of cases) {
      const [options] = one.arguments as readonly unknown[];
      const mode = typeof options === "object" && options !== null && "mode" in options ? options.mode : "";
      const kind = `${one.name} ${mode}`;
      if (!kinds.has(kind)) kinds.set(kind, one);
    }
    for (const [kind, one] of kinds) {
      const result = call(one, inputsOf(one));
      const indices = result instanceof T.Tensor ? undefined : result.indices;
      await T.evaluate(indices ? [valuesIn(result), indices] : valuesIn(result));
      expectClose([...(await valuesIn(result).data())], one.result, 1e-5);
      expect([kind, indices && [...(await indices.data())]]).toEqual([kind, one.indices]);
    }
  });
});
