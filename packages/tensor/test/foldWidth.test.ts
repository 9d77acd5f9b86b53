import { withinOne } from "@clidim/testing/fills";
import { describe, expect, it } from "vitest";
import * as T from "../src/index.js";
import { evaluate, explain, type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

interface Geometry {
  readonly x: readonly [number, number, number, number];
  readonly kernel: readonly [number, number];
  readonly outputs: number;
  readonly stride: number;
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
}

/** All of more than 2^19 multiplications. */
const folded: Readonly<Record<string, Geometry>> = {
  "a filter of one channel": {
    x: [3, 64, 64, 1],
    kernel: [9, 9],
    outputs: 1,
    stride: 1,
    padding: [
      [4, 4],
      [4, 4],
    ],
  },
  "a first layer": {
    x: [4, 48, 40, 1],
    kernel: [4, 4],
    outputs: 24,
    stride: 2,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "a first layer of two channels": {
    x: [4, 48, 38, 2],
    kernel: [4, 4],
    outputs: 16,
    stride: 2,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "no padding": {
    x: [3, 64, 64, 1],
    kernel: [9, 9],
    outputs: 1,
    stride: 1,
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  "uneven padding": {
    x: [1, 33, 64, 2],
    kernel: [3, 5],
    outputs: 10,
    stride: 1,
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
};

/** These must not be folded: their rows do not divide, or their sides are their own. */
const unfolded: Readonly<Record<string, Geometry>> = {
  "rows of an odd length": { ...folded["a filter of one channel"]!, x: [2, 64, 63, 1] },
  "few taps in a row": {
    ...folded["a filter of one channel"]!,
    x: [2, 256, 64, 1],
    kernel: [27, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  "three channels": { ...folded["a first layer"]!, x: [4, 48, 40, 3] },
};

function convolutions({ x, kernel, outputs, stride, padding }: Geometry): Record<string, () => Tensor> {
  const weight = [...kernel, x[3], outputs];
  const [outHeight, outWidth] = [0, 1].map(
    (axis) => Math.floor((x[axis + 1]! + padding[axis]![0] + padding[axis]![1] - kernel[axis]!) / stride) + 1,
  ) as [number, number];
  const y = [x[0], outHeight, outWidth, outputs];
  return {
    conv2d: () => T.conv2d(withinOne(x), withinOne(weight, 2), { stride, padding }),
    convTranspose2d: () =>
      T.convTranspose2d(withinOne(y), withinOne(weight, 2), { stride, padding, outputSize: [x[1], x[2]] }),
    conv2dWeightGradient: () =>
      T.conv2dWeightGradient(withinOne(x), withinOne(y, 2), { stride, padding, kernelSize: kernel }),
  };
}

const settings = [
  ["folded", { foldWidth: true }],
  ["not folded", { foldWidth: false }],
  ["nothing else", { foldWidth: true, simplify: false, fuse: false }],
] as const;

describe("convolutions over folded rows", () => {
  it("add up a gradient of halves once", async () => {
    const page = (value: (i: number) => number): Tensor =>
      T.cast(
        tensor(
          Float32Array.from({ length: 128 * 64 }, (_, i) => value(i)),
          { shape: [1, 128, 64, 1] },
        ),
        "f16",
      );
    const x = page(() => 16);
    const y = page((i) => (i % 2 ? -16 : 16));
    // Parts of it are beyond what a half can hold.
    const gradient = () => T.conv2dWeightGradient(x, y, { kernelSize: [9, 9], padding: 4 });
    const folded = gradient();
    const plain = gradient();
    await evaluate(folded, { foldWidth: true });
    await evaluate(plain, { foldWidth: false });
    expect(await folded.data()).toEqual(await plain.data());
    expect((await folded.data()).every(Number.isFinite)).toBe(true);
  });

  for (const [name, geometry] of Object.entries({ ...folded, ...unfolded })) {
    for (const [operation, build] of Object.entries(convolutions(geometry))) {
      it(`${operation}: ${name}`, async () => {
        // A gradient sums thousands of terms.
        const tolerance = operation === "conv2dWeightGradient" ? 5e-5 : 1e-5;
        await expectMatchesReference(() => [build()], tolerance, settings);
        const traced = await explain(build, { foldWidth: true })();
        expect(/reshape/.test(traced)).toBe(name in folded);
      });
    }
  }
});
