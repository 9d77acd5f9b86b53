import { grad } from "@clidim/autograd";
import { add, isFloat, mul, type PrimitiveName, sum, type Tensor, tensor } from "@clidim/tensor";
import { reach } from "@clidim/tensor/graph";
import { describe, expect, it } from "vitest";
import { primitives } from "../../packages/tensor/src/primitives/index.js";
import { executors } from "./fixture.js";
import { type Case, cases, compute, inputsOf, nameOf, numbers } from "./operators/cases.js";
import { differences, withoutCounterpart } from "./operators/differences.js";

/** The weights of results in the sum of which the fixture has the gradients. */
const weights = ({ shape, dtype }: Tensor): Tensor => {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return tensor(
    Float32Array.from({ length }, (_, i) => 0.5 + ((37 * i) % 11) / 8),
    { shape, dtype },
  );
};

/** Something that the fixture knows the numbers of. */
interface Part {
  readonly name: string;
  readonly tensor: Tensor;
  readonly expected: readonly number[];
}

/** The parts of a case whose values are compared, and what is wrong without looking at any. */
function partsOf(sample: Case): { readonly parts: Part[]; readonly wrong: string[] } {
  const name = nameOf(sample);
  const inputs = inputsOf(sample);
  const wrong: string[] = [];
  const results = compute(sample, inputs);
  const parts = results.map((result, k): Part => {
    const { dtype, shape, values } = sample.results[k]!;
    if (result.dtype !== dtype) wrong.push(`${name}: dtype`);
    if (result.shape.join() !== shape.join()) wrong.push(`${name}: shape`);
    return { name: `${name}: value`, tensor: result, expected: numbers(values) };
  });
  const argument = sample.gradients.flatMap((gradient, i) => (gradient === null ? [] : [i]));
  if (argument.length > 0) {
    const weighted = (...operands: readonly Tensor[]): Tensor =>
      compute(sample, operands)
        .filter(({ dtype }) => isFloat(dtype))
        .map((result) => sum(mul(result, weights(result))))
        .reduce((a, b) => add(a, b));
    const gradients = grad(weighted, { argument })(...inputs);
    argument.forEach((input, k) => {
      const expected = numbers(sample.gradients[input]!);
      parts.push({ name: `${name}: gradient ${input}`, tensor: gradients[k]!, expected });
    });
  }
  return { parts, wrong };
}

/** The first place where values are not the same, NaN and infinities included, to six digits. */
function firstDifference(found: ArrayLike<number>, expected: readonly number[]): string | undefined {
  if (found.length !== expected.length) return `${found.length} values for ${expected.length}`;
  const i = expected.findIndex((value, k) => {
    const actual = Math.fround(found[k]!);
    return !(
      Object.is(actual, value) ||
      Math.abs(actual - value) <= 1e-5 * (1 + Math.abs(value)) ||
      actual === value
    );
  });
  return i < 0 ? undefined : `element ${i} is ${found[i]}, PyTorch has ${expected[i]}`;
}

describe("operations give what PyTorch gives, or differ for a reason", () => {
  const built = cases.map(partsOf);
  const parts = built.flatMap((sample) => sample.parts);
  const wrong = built.flatMap((sample) => sample.wrong);
  // Before values take the place of definitions.
  const used = new Set(reach(parts.map(({ tensor }) => tensor)).map(({ definition }) => definition.op));
  /** Gradients are made of the same operations: on the device, those of each operation's first sample. */
  const first = new Set(cases.map(({ op }) => nameOf(cases.find((other) => other.op === op)!)));
  const onDevice = parts.filter(
    ({ name }) => !name.includes(": gradient") || first.has(name.split(": ")[0]!),
  );

  it.each(executors)(
    "on the %s",
    async (executor, evaluateAll) => {
      const compared = executor === "device" ? onDevice : parts;
      const found: string[] = [...wrong];
      const unknown = wrong.filter((name) => !(name in differences));
      // Some at a time: a program of all of them is long to plan.
      for (let start = 0; start < compared.length; start += 60) {
        const some = compared.slice(start, start + 60);
        const values = await evaluateAll(some.map(({ tensor }) => tensor));
        some.forEach(({ name, expected }, k) => {
          const difference = firstDifference(values[k]!, expected);
          if (difference === undefined) return;
          found.push(name);
          if (!(name in differences)) unknown.push(`${name}: ${difference}`);
        });
      }
      expect(unknown).toEqual([]);
      // What does not differ any more is no difference.
      const names = new Set([...wrong, ...compared.map(({ name }) => name)]);
      const settled = Object.keys(differences).filter((name) => names.has(name) && !found.includes(name));
      expect(settled).toEqual([]);
    },
    300_000,
  );

  it("with every primitive among what they are made of", () => {
    const missing = Object.keys(primitives).filter((op) => !used.has(op as PrimitiveName));
    expect(missing).toEqual(withoutCounterpart);
  });

  it("with reasons for cases that there are", () => {
    const known = new Set(parts.map(({ name }) => name));
    expect(Object.keys(differences).filter((name) => !known.has(name))).toEqual([]);
  });
});
