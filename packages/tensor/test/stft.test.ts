import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import * as T from "../src/index.js";
import { tensor } from "../src/index.js";
import { input } from "../src/tensor.js";

describe("frame", () => {
  it("cuts the last axis, and leaves out what fills no frame", async () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { shape: [2, 5] });
    const frames = T.frame(x, 2, 2);
    expect(frames.shape).toEqual([2, 2, 2]);
    expect([...(await frames.data())]).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    expect(T.frame(x, 6, 1).shape).toEqual([2, 0, 6]);
    expect(() => T.frame(x, 0, 1)).toThrow("frame: length must be a whole number of at least 1, got 0");
    expect(() => T.frame(tensor(1), 1, 1)).toThrow("frame: x must have an axis, got f32 []");
  });
});

describe("a short-time Fourier transform", () => {
  it.each([
    [16, { window: T.hannWindow(16) }],
    [15, { hop: 5, window: T.hammingWindow(12), normalized: true }],
    [8, { hop: 8, center: false }],
  ])("of frames of %d goes back to the signal", (n, options) => {
    const x = T.normal(T.key(3), [3, 64]);
    const z = T.stft(x, n, options);
    const back = T.istft(z, n, { ...options, length: 64 });
    expect(back.shape).toEqual([3, 64]);
    expectClose(valuesOf(back), valuesOf(x), 1e-5);
    // Where no frame reaches there is nothing.
    const longer = T.istft(z, n, { ...options, length: 90 });
    expect(valuesOf(T.narrow(longer, 1, 80, 10))).toEqual(Array(30).fill(0));
  });

  it("has a row of frames for each frequency, and as many batches as there are", () => {
    const { real, imag } = T.stft(input([2, 0, 40], "f32"), 10, { hop: 4 });
    expect([real.shape, imag.shape]).toEqual([
      [2, 0, 6, 11],
      [2, 0, 6, 11],
    ]);
  });

  it("says what is wrong", () => {
    const x = input([2, 40], "f32");
    expect(() => T.stft(x, 8, { window: T.ones([9]) })).toThrow(
      "stft: window must be [m] with m from 1 to n, 8, got f32 [9]",
    );
    expect(() => T.stft(x, 8, { hop: 0 })).toThrow("stft: hop must be a whole number of at least 1, got 0");
    expect(() => T.stft(x, 80)).toThrow(
      "stft: x must have 41 or more values along its last axis for frames of 80, got [2,40]",
    );
    expect(() => T.stft(x, 41, { center: false })).toThrow("stft: x must have 41 or more values");
    expect(() => T.istft(T.stft(x, 8), 12)).toThrow(
      "istft: z must be [..., 7, frames] for frames of 12, got f32 [2,5,21]",
    );
    expect(() => T.istft(T.stft(x, 8), 8, { length: -1 })).toThrow(
      "istft: length must be a whole number of at least 0, got -1",
    );
  });
});

it("hypot holds beyond the range of squares, and is infinite where one is", () => {
  const infinity = Number.POSITIVE_INFINITY;
  const x = tensor([3e30, 3e-30, 0, -infinity, Number.NaN]);
  const found = valuesOf(T.hypot(x, tensor([4e30, 4e-30, 0, Number.NaN, 1])));
  expectClose([found[0]! / 5e30, found[1]! / 5e-30], [1, 1], 1e-6);
  expect(found.slice(2)).toEqual([0, infinity, Number.NaN]);
});
