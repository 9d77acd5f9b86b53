import { expect } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import type { CompilerOptions, Executor, Tensor } from "../src/index.js";
import { evaluate } from "../src/index.js";

/** Every setting of the compiler under which results must agree. */
export const settings: readonly (readonly [string, CompilerOptions & { readonly device?: Executor }])[] = [
  ["all passes", {}],
  ["unfused", { fuse: false }],
  ["epilogues", { epilogues: true }],
  ["no epilogues", { epilogues: false }],
  ["unsimplified", { simplify: false }],
  ["immediates", { immediates: true }],
  ["no reuse of memory", { inPlace: false, reuseMemory: false }],
];

/**
 * Builds a graph once per compiler setting and compares what the device computes with the float64 interpreter:
 * |device - reference| <= tolerance * (1 + |reference|), exactly for integers and bools. Halves are rounded in both.
 */
export async function expectMatchesReference(
  build: () => readonly Tensor[],
  tolerance = 2e-6,
  options = settings,
): Promise<void> {
  for (const [name, setting] of options) {
    const outputs = build();
    const expected = interpret(outputs, undefined, { roundHalves: true });
    await evaluate(outputs, setting);
    for (const [k, output] of outputs.entries()) {
      const actual = await output.data();
      const reference = expected[k]!;
      expect(actual.length, `${name}: output ${k}`).toBe(reference.length);
      const allowed = output.dtype === "f32" || output.dtype === "f16" ? tolerance : 0;
      actual.forEach((value, i) => {
        const error = Math.abs(value - reference[i]!);
        if (!(error <= allowed * (1 + Math.abs(reference[i]!)))) {
          expect.fail(
            `${name}: output ${k} (${output}) element ${i}: got ${value}, expected ${reference[i]}`,
          );
        }
      });
    }
  }
}
