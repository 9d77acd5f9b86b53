import { expect } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { type Executor, evaluate, sizeOf, type Tensor, tensor } from "../src/index.js";

/** Numbers between -1 and 1 that are the same every time. */
export const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => 2 * (((i + 7 * seed) * 0.618034) % 1) - 1),
    { shape },
  );

/** What `outputs` are on an executor is what they are in float64. */
export async function expectExactOn(
  device: Executor,
  outputs: readonly Tensor[],
  tolerance = 1e-5,
): Promise<void> {
  const expected = interpret(outputs, undefined, { roundHalves: true });
  await evaluate(outputs, { device });
  for (const [k, output] of outputs.entries()) {
    const found = await output.data();
    const wrong = expected[k]!.findIndex(
      (value, i) =>
        !(Math.abs(found[i]! - value) <= tolerance * (1 + Math.abs(value)) || Object.is(found[i], value)),
    );
    if (wrong >= 0)
      expect.fail(`output ${k} (${output}), element ${wrong}: ${found[wrong]} for ${expected[k]![wrong]}`);
  }
}
