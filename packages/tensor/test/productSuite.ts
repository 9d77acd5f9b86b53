import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../src/index.js";
import * as T from "../src/index.js";
import type { ConvParams } from "../src/primitives/params.js";
import { apply } from "../src/tensor.js";
import { numbers } from "./exact.js";

/** A direction of a convolution whose kernel fits. */
const direction = fc
  .record({
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    low: fc.integer({ min: 0, max: 3 }),
    high: fc.integer({ min: 0, max: 3 }),
    more: fc.integer({ min: 0, max: 9 }),
  })
  .map((of) => ({
    ...of,
    extent: Math.max(1, of.dilation * (of.kernel - 1) + 1 - of.low - of.high + of.more),
  }));

/** Products of matrices and convolutions of any geometry, which `expectExact` compares with float64. */
export function productSuite(
  expectExact: (outputs: readonly Tensor[], tolerance?: number) => Promise<void>,
): void {
  describe("products", () => {
    it("are those of matrices of any size", async () => {
      const extent = fc.integer({ min: 1, max: 27 });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 3 }), extent, extent, extent, async (batch, m, k, n) => {
          await expectExact([T.matmul(numbers([batch, m, k]), numbers([batch, k, n], 2))]);
        }),
        { numRuns: 25 },
      );
    });

    it("are those of convolutions and their adjoints of any geometry", async () => {
      await fc.assert(
        fc.asyncProperty(
          direction,
          direction,
          fc.integer({ min: 1, max: 2 }),
          fc.integer({ min: 1, max: 3 }),
          fc.constantFrom(1, 2, 3, 4, 5, 8, 17),
          fc.oneof(fc.constantFrom(1, 2, 4), fc.integer({ min: 1, max: 11 })),
          async (v, h, count, groups, inputs, outputs) => {
            const params: ConvParams = {
              stride: [v.stride, h.stride],
              padding: [
                [v.low, v.high],
                [h.low, h.high],
              ],
              dilation: [v.dilation, h.dilation],
              groups,
            };
            const x = numbers([count, v.extent, h.extent, groups * inputs]);
            const weight = numbers([v.kernel, h.kernel, inputs, groups * outputs], 2);
            const y = apply("conv2d", [x, weight], params);
            const gradient = numbers(y.shape, 3);
            await expectExact([
              y,
              apply("convTranspose2d", [gradient, weight], { ...params, outputSize: [v.extent, h.extent] }),
              apply("conv2dWeightGradient", [x, gradient], { ...params, kernelSize: [v.kernel, h.kernel] }),
            ]);
          },
        ),
        { numRuns: 40 },
      );
    });

    it("of halves are halves", async () => {
      const halves = (shape: readonly number[], seed: number): Tensor => T.cast(numbers(shape, seed), "f16");
      await expectExact(
        [
          T.matmul(halves([5, 9], 1), halves([9, 7], 2)),
          T.conv2d(halves([1, 6, 6, 3], 1), halves([3, 3, 3, 5], 2), { padding: 1 }),
        ],
        1e-3,
      );
    });
  });
}
