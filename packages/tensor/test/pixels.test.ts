import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { fromPixels, tensor, toPixels, zeros } from "../src/index.js";

/** Two pixels, side by side. */
const pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 51, 128, 10, 20, 30, 255) };

describe("fromPixels", () => {
  it("has the channels that are asked for, as floats of 0 to 1", () => {
    const rgb = fromPixels(pixels);
    expect([rgb.dtype, rgb.shape]).toEqual(["f32", [1, 2, 3]]);
    expect(valuesOf(rgb)).toEqual([1, 0, 51 / 255, 10 / 255, 20 / 255, 30 / 255].map(Math.fround));
    expect(fromPixels(pixels, { channels: 4 }).shape).toEqual([1, 2, 4]);
    const [first] = valuesOf(fromPixels(pixels, { channels: 1, scale: "bytes" }));
    expect(first).toBeCloseTo(0.299 * 255 + 0.114 * 51, 4);
  });

  it("keeps bytes as integers, and rounds grey to them", () => {
    const rgba = fromPixels({ ...pixels, data: Uint8Array.from(pixels.data) }, { channels: 4, dtype: "i32" });
    expect(rgba.dtype).toBe("i32");
    expect(valuesOf(rgba)).toEqual([...pixels.data]);
    expect(valuesOf(fromPixels(pixels, { channels: 1, dtype: "u32" }))).toEqual([82, 18]);
  });

  it.each<[string, () => unknown, string]>([
    ["too few bytes", () => fromPixels({ ...pixels, height: 2 }), "2 x 2 pixels need 16 bytes"],
    ["a file", () => fromPixels("cat.png" as never), 'expected an image, got "cat.png"; decode files first'],
    [
      "what Node cannot draw",
      () => fromPixels({ width: 2, height: 1 } as never),
      "or something that a browser can draw",
    ],
    [
      "an image that has a place in the page and is not loaded",
      () => fromPixels({ naturalWidth: 0, naturalHeight: 0, width: 2, height: 1 } as never),
      "and has loaded",
    ],
    ["two channels", () => fromPixels(pixels, { channels: 2 as never }), "channels must be 1, 3 or 4, got 2"],
    [
      "integers of 0 to 1",
      () => fromPixels(pixels, { dtype: "i32", scale: "unit" }),
      'scale must be "bytes", or "unit" for floats, got "unit" for i32',
    ],
  ])("refuses %s", (_, call, message) => expect(call).toThrow(message));
});

describe("toPixels", () => {
  it("is the way back", async () => {
    const bytes = fromPixels(pixels, { channels: 4 });
    expect(await toPixels(bytes)).toEqual(pixels);
    expect(await toPixels(fromPixels(pixels, { channels: 4, dtype: "u32" }))).toEqual(pixels);
  });

  it("spreads grey over the colours, rounds, and holds what is beyond", async () => {
    const { data, width, height } = await toPixels(tensor([[0.5, -1, 2, Number.NaN]]));
    expect([width, height]).toEqual([4, 1]);
    expect([...data]).toEqual([128, 128, 128, 255, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255]);
    const mask = await toPixels(tensor([[true, false]]));
    expect([...mask.data]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
  });

  it("refuses what is no image", async () => {
    await expect(toPixels(zeros([1, 2, 2, 3]))).rejects.toThrow(
      "toPixels: expected an image [H,W], [H,W,1], [H,W,3] or [H,W,4], got f32 [1,2,2,3]; take one of a batch first",
    );
  });
});
