import { positive, withinOne } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WasmExecutor } from "../src/executors/wasm/index.js";
import type { Tensor } from "../src/index.js";
import * as T from "../src/index.js";
import { expectMatchesReference } from "./against.js";

/** Labels of the elementwise kernels of `f`. */
const kernelsOf = async (
  f: (...args: Tensor[]) => Tensor | Tensor[],
  ...args: Tensor[]
): Promise<string[]> => {
  const text = await T.explain(f)(...args);
  return [...text.matchAll(/^elementwise4? /gm)].map(([label]) => label.trim());
};

describe("kernels that compute four elements at a time", () => {
  const image = (channels: number, seed = 1): Tensor => positive([2, 16, 16, channels], seed);

  it("are chosen where the innermost extent and what is read allow it", async () => {
    const affine = (x: Tensor, scale: Tensor): Tensor => T.relu(T.add(T.mul(x, scale), 1));
    expect(await kernelsOf(affine, image(16), positive([16], 2))).toEqual(["elementwise4"]);
    // One value per image serves all four.
    expect(await kernelsOf(affine, image(16), positive([2, 1, 1, 1], 2))).toEqual(["elementwise4"]);
    // The edge lies between two quads, or within one.
    const join = (x: Tensor, y: Tensor): Tensor => T.concat([T.neg(x), y], 3);
    expect(await kernelsOf(join, image(16), image(8))).toEqual(["elementwise4"]);
    expect(await kernelsOf(join, image(14), image(10))).toEqual(["elementwise"]);
    const choice = (x: Tensor, y: Tensor): Tensor[] => [T.gt(x, y), T.where(T.gt(x, y), x, y)];
    expect(await kernelsOf(choice, image(16), image(16, 2))).toEqual(["elementwise4"]);
    // Halves, and what becomes of them or becomes them.
    const half = withinOne([2, 16, 16, 16], 1, "f16");
    expect(await kernelsOf((x: Tensor) => T.add(T.cast(T.mul(x, x), "f32"), 1), half)).toEqual([
      "elementwise4",
    ]);
    expect(await kernelsOf((x: Tensor) => T.cast(T.gt(x, 0.5), "f16"), image(16))).toEqual(["elementwise4"]);
    // Rows of 18, every second element, too few of them.
    expect(await kernelsOf(affine, image(18), positive([18], 2))).toEqual(["elementwise"]);
    const strided = (x: Tensor): Tensor => T.exp(T.slice(x, [0, 0, 0, 0], [2, 16, 16, 32], [1, 1, 1, 2]));
    expect(await kernelsOf(strided, image(32))).toEqual(["elementwise"]);
    expect(await kernelsOf(affine, positive([4, 16], 1), positive([16], 2))).toEqual(["elementwise"]);
  });

  it("agree with the reference: every operation, borders, joins, sums on the way", () =>
    expectMatchesReference(() => {
      const [x, y, scale] = [image(16), image(16, 2), positive([16], 3)];
      const ten = T.sub(x, 0.5);
      return [
        T.tanh(ten),
        T.sigmoid(T.mul(ten, scale)),
        T.pow(x, y),
        T.erf(ten),
        T.where(T.and(T.gt(x, y), T.gt(scale, 0.5)), x, 0),
        T.cast(T.le(x, scale), "f32"),
        T.gt(x, y),
        T.concat([T.lt(x, scale), T.not(T.lt(x, y))], 3),
        T.flip(T.xor(T.gt(x, y), T.gt(scale, 0.5)), [1]),
        T.pad(T.mul(x, y), [
          [0, 0],
          [1, 2],
          [0, 1],
          [4, 8],
        ]),
        T.pad(T.mul(x, 3), [
          [0, 0],
          [0, 0],
          [0, 0],
          [1, 3],
        ]),
        T.concat([T.exp(x), y, T.slice(T.neg(x), [0, 0, 0, 4], [2, 16, 16, 12])], 3),
        T.flip(T.add(x, y), [1]),
        T.flip(T.add(x, y), [3]),
        T.transpose(T.add(x, 1), [0, 2, 1, 3]),
        T.transpose(T.add(x, 2), [3, 1, 2, 0]),
        T.div(x, T.sum(x, [1, 2], { keepDims: true })),
        T.reshape(T.mul(T.reshape(x, [32, 256]), positive([256], 5)), [2, 16, 16, 16]),
      ];
    }, 1e-5));

  it("agree with the reference on halves: rounded, from and to other types, joined, beyond their limits", () =>
    expectMatchesReference(
      () => {
        const [x, y] = [withinOne([2, 16, 16, 16], 1, "f16"), withinOne([2, 16, 16, 16], 2, "f16")];
        const scale = withinOne([16], 3, "f16");
        const single = withinOne([2, 16, 16, 16], 4);
        return [
          T.leakyRelu(T.add(T.mul(x, scale), y), 0.2),
          T.mul(T.cast(x, "f32"), single),
          T.cast(T.mul(single, 1e-4), "f16"),
          T.add(T.cast(T.cast(single, "f16"), "f32"), 1),
          T.cast(T.gt(x, y), "f16"),
          T.where(T.lt(x, y), x, T.tanh(y)),
          T.concat([T.neg(x), T.slice(y, [0, 0, 0, 4], [2, 16, 16, 12])], 3),
          T.pad(T.mul(x, y), [
            [0, 0],
            [1, 2],
            [0, 1],
            [4, 8],
          ]),
        ];
      },
      // A half apart where a sum is rounded elsewhere.
      2 ** -10,
    ));

  it("agree with the reference on random expressions", async () => {
    const processor = new WasmExecutor({ threads: 1 });
    const shapes = [[8, 16, 32], [32], [8, 1, 32], [1, 16, 1], []];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(9), fc.nat(1000), fc.nat(1000), fc.nat(7)), { minLength: 1, maxLength: 12 }),
        (program) =>
          expectMatchesReference(
            () => {
              const stack: Tensor[] = shapes.map((shape, k) => positive(shape, k + 1));
              for (const [operation, i, j, cut] of program) {
                const a = stack[i % stack.length]!;
                const b = stack[j % stack.length]!;
                const full = T.broadcastTo(a, [8, 16, 32]);
                const choices: (() => Tensor)[] = [
                  () => T.add(a, b),
                  () => T.sub(a, T.mul(b, 0.5)),
                  () => T.tanh(T.mul(a, b)),
                  () => T.where(T.gt(a, b), a, b),
                  // Operands that are what they are: rounding decides nothing.
                  () =>
                    T.cast(
                      T.or(
                        T.flip(T.gt(T.broadcastTo(stack[i % 5]!, [8, 16, 32]), stack[j % 5]!), [cut % 2]),
                        T.lt(stack[j % 5]!, 0.5),
                      ),
                      "f32",
                    ),
                  () => T.maximum(a, b),
                  () => T.flip(full, [cut % 3]),
                  () =>
                    cut === 0
                      ? T.neg(full)
                      : T.concat(
                          [T.slice(full, [0, 0, cut], [8, 16, 32]), T.slice(full, [0, 0, 0], [8, 16, cut])],
                          2,
                        ),
                  () =>
                    T.pad(T.slice(full, [0, 0, 0], [8, 16, 32 - cut]), [
                      [0, 0],
                      [0, 0],
                      [cut, 0],
                    ]),
                  () => T.mean(full, [cut % 3], { keepDims: true }),
                ];
                stack.push(choices[operation]!());
              }
              return stack.slice(-3);
            },
            1e-5,
            [
              ["all passes", {}],
              ["unfused", { fuse: false }],
              ["WebAssembly", { device: processor }],
            ],
          ),
      ),
      { numRuns: Number(process.env.CLIDIM_COMPILER_RUNS ?? 8) },
    );
  });
});
