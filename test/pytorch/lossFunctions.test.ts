import { readFileSync } from "node:fs";
import { vjp } from "@clidim/autograd";
import * as nn from "@clidim/nn";
import { evaluate, logSoftmax, type Shape, sizeOf, type Tensor, tensor } from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

type Described = readonly [
  kind: "wave" | "share" | "sign" | "whole" | "length",
  shape: Shape,
  limit?: number,
];

interface Case {
  readonly name: keyof typeof losses;
  readonly options: object;
  readonly inputs: readonly Described[];
  /** Options that are tensors. */
  readonly tensors?: Readonly<Record<string, Described>>;
  readonly shape: Shape;
  /** Text where a number is not finite. */
  readonly result: readonly (number | string)[];
  readonly gradients?: readonly ((number | string)[] | null)[];
}

const losses = {
  ...nn,
  // PyTorch's gradient of its ctc_loss is right only below a softmax.
  ctc: (logits: Tensor, targets: Tensor, options: nn.CtcOptions) =>
    nn.ctc(logSoftmax(logits, -1), targets, options),
  // PyTorch's targets are counts here.
  poissonNll: (output: Tensor, target: Tensor, options: nn.PoissonNllOptions) =>
    nn.poissonNll(output, tensor(Float32Array.from(valuesOf(target)), { shape: target.shape }), options),
};

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("lossFunctions.json", import.meta.url), "utf8"),
);

function made([kind, shape, limit = 0]: Described, seed: number): Tensor {
  const wave = (i: number): number => Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5);
  const of = (f: (i: number) => number): Float64Array =>
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => f(i));
  switch (kind) {
    case "wave":
      return tensor(
        of((i) => 2 * wave(i)),
        { shape },
      );
    case "share":
      return tensor(
        of((i) => 0.5 + 0.49 * wave(i)),
        { shape },
      );
    case "sign":
      return tensor(
        of((i) => (wave(i) > 0 ? 1 : -1)),
        { shape },
      );
    case "length":
    case "whole":
      return tensor(
        Int32Array.from(of((i) => ((i * 7 + seed * 3 + i * i) % limit) + (kind === "length" ? 5 : 0))),
        { shape },
      );
    default:
      return kind satisfies never;
  }
}

function call({ name, options, tensors = {} }: Case, inputs: readonly Tensor[]): Tensor {
  const more = Object.entries(tensors).map(([key, described]) => [key, made(described, 9)]);
  return (losses[name] as (...all: readonly unknown[]) => Tensor)(...inputs, {
    ...options,
    ...Object.fromEntries(more),
  });
}

const inputsOf = ({ inputs }: Case): Tensor[] => inputs.map(made);

const titles = cases.map(
  (one) =>
    [
      `${one.name} ${JSON.stringify(one.options)} of ${JSON.stringify(one.inputs)}${one.tensors ? " with tensors" : ""}`,
      one,
    ] as const,
);

describe("losses as PyTorch has them", () => {
  it.each(titles)("%s", (_title, one) => {
    const inputs = inputsOf(one);
    const floats = inputs.flatMap(({ dtype }, i) => (dtype === "f32" ? [i] : []));
    const { value, pullback } = vjp(
      (xs: Tensor[]) =>
        call(
          one,
          inputs.map((x, i) => xs[floats.indexOf(i)] ?? x),
        ),
      floats.map((i) => inputs[i]!),
    );
    expect(value.shape).toEqual(one.shape);
    const values = valuesOf(value);
    for (const [i, expected] of one.result.entries()) {
      if (typeof expected === "string")
        expect(values[i]).toBe(expected === "nan" ? Number.NaN : Number(expected.replace("inf", "Infinity")));
      else expectClose([values[i]!], [expected], 5e-6);
    }
    if (!one.gradients) return;
    const cotangent = tensor(
      Float64Array.from({ length: sizeOf(one.shape) }, (_, i) => Math.sin(i + 1)),
      { shape: one.shape },
    );
    const [gradients] = pullback(cotangent);
    for (const [k, i] of floats.entries()) {
      const expected = one.gradients[i];
      if (expected) expectClose(valuesOf(gradients[k]!), expected.map(Number), 5e-5);
    }
  });

  it("are the same on the device, the first of each", async () => {
    const chosen = [...new Map(cases.toReversed().map((one) => [one.name, one])).values()];
    const results = chosen.map((one) => call(one, inputsOf(one)));
    await evaluate(results);
    for (const [k, one] of chosen.entries()) {
      expectClose([...(await results[k]!.data())], one.result.map(Number), 2e-5);
    }
  });
});
