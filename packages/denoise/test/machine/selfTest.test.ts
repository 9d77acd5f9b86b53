import {
  conv2d,
  conv2dWeightGradient,
  convTranspose2d,
  Device,
  evaluate,
  iota,
  matmul,
  type Shape,
  sin,
  type Tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { expect, test } from "vitest";
import { largestDeviation, selfTest } from "../../src/machine/selfTest.js";

const contractions = ["matmul", "conv2d", "convTranspose2d", "conv2dWeightGradient"] as const;

/** What is too small for tiles: the kernels with an invocation per element. */
function smallContractions(): Record<(typeof contractions)[number], Tensor> {
  const wave = (shape: Shape): Tensor => sin(iota(shape, shape.length - 1, "f32"));
  const geometry = { stride: 2, padding: 1 };
  return {
    matmul: matmul(wave([3, 5]), wave([5, 2])),
    conv2d: conv2d(wave([1, 6, 6, 2]), wave([4, 4, 2, 3]), geometry),
    convTranspose2d: convTranspose2d(wave([1, 3, 3, 3]), wave([4, 4, 2, 3]), geometry),
    conv2dWeightGradient: conv2dWeightGradient(wave([1, 6, 6, 2]), wave([1, 3, 3, 3]), {
      ...geometry,
      kernelSize: [4, 4],
    }),
  };
}

test.each(["software", "gpu"] as const)(
  "the kernels for a %s adapter compute rightly where calls are validated, accesses clamped and workgroup memory zeroed",
  async (kernels) => {
    const device = await Device.open({ validation: true, kernels });
    const labels = new Set<string>();
    const pipeline = device.pipeline.bind(device);
    device.pipeline = (kernel) => {
      labels.add(kernel.label);
      return pipeline(kernel);
    };
    try {
      expect((await selfTest(device)).filter(({ passed }) => !passed)).toEqual([]);

      const small = smallContractions();
      const expected = interpret(Object.values(small));
      await evaluate(small, { device });
      for (const [k, [name, result]] of Object.entries(small).entries()) {
        const values = await result.data();
        const worst = Math.max(...values.map((value, i) => Math.abs(value - expected[k]![i]!)));
        expect(worst, name).toBeLessThan(1e-5);
      }
      // What validation refuses is reported by the next call.
      await device.synchronize();

      const families = [...labels].map((label) => label.split(" ")[0]!);
      // On a GPU, a workgroup folds what its invocations have added up.
      const reducing = kernels === "gpu" ? ["reduce"] : ["reduce", "fold"];
      expect(families).toEqual(expect.arrayContaining(["elementwise", ...reducing, ...contractions]));
      for (const name of contractions) {
        const tiled = [...labels]
          .filter((label) => label.split(" ")[0] === name)
          .map((label) => /\d+x\d+/.test(label));
        expect(new Set(tiled), `${name}: with tiles and without`).toEqual(new Set([true, false]));
      }
    } finally {
      device.destroy();
    }
  },
);

test("a deviation is relative to the largest finite value that is expected, and NaN wherever a value is that is not expected there", () => {
  const expected = [1, -4, 2];
  expect(largestDeviation([1, -4, 3], expected)).toBe(0.25);
  expect(largestDeviation([0, 0, 0.5], [0, 0, 0])).toBe(0.5);
  expect(largestDeviation([Number.NaN, -4, 2], expected)).toBeNaN();
  expect(largestDeviation([1, Number.NaN, 2], expected)).toBeNaN();
  expect(largestDeviation([1, -4, Number.NaN], expected)).toBeNaN();
  // A value that is not there.
  expect(largestDeviation([1], expected)).toBeNaN();
  const beyond = [2, Number.POSITIVE_INFINITY, Number.NaN];
  expect(largestDeviation(beyond, beyond)).toBe(0);
  expect(largestDeviation([1, Number.POSITIVE_INFINITY, Number.NaN], beyond)).toBe(0.5);
  expect(largestDeviation([2, Number.NEGATIVE_INFINITY, Number.NaN], beyond)).toBe(Number.POSITIVE_INFINITY);
  expect(largestDeviation([2, 1, Number.NaN], beyond)).toBe(Number.POSITIVE_INFINITY);
  expect(largestDeviation([2, Number.POSITIVE_INFINITY, 3], beyond)).toBeNaN();
});
