import type { Axis } from "@clidim/imaging";
import { describe, expect, it } from "vitest";
import { sampleStack } from "../../src/inference/sampleStack.js";

const stackOf = (axes: string, shape: readonly number[], samples: number) =>
  sampleStack({ axes: [...axes] as Axis[], shape, metadata: {} }, samples);
const order = (stack: ReturnType<typeof stackOf>): string =>
  Array.from(stack.pages(), ({ page, sample }) => `${page}.${sample}`).join(" ");

describe("sampleStack", () => {
  it.each([
    ["YX", [5, 7], "TYX", [3, 5, 7], "along T", "0.0 0.1 0.2"],
    ["CYX", [2, 5, 7], "TCYX", [3, 2, 5, 7], "along T", "0.0 1.0 0.1 1.1 0.2 1.2"],
    ["ZYX", [2, 5, 7], "TZYX", [3, 2, 5, 7], "along T", "0.0 1.0 0.1 1.1 0.2 1.2"],
    ["TYX", [2, 5, 7], "TZYX", [2, 3, 5, 7], "along Z", "0.0 0.1 0.2 1.0 1.1 1.2"],
    ["CTYX", [2, 1, 5, 7], "CTZYX", [2, 1, 3, 5, 7], "along Z", "0.0 0.1 0.2 1.0 1.1 1.2"],
    ["TCYX", [1, 2, 5, 7], "TZCYX", [1, 3, 2, 5, 7], "along Z", "0.0 1.0 0.1 1.1 0.2 1.2"],
    ["TZYX", [2, 1, 5, 7], "TZYX", [6, 1, 5, 7], "along T, each with its 2 times", "0.0 1.0 0.1 1.1 0.2 1.2"],
    ["ZTYX", [2, 1, 5, 7], "ZTYX", [2, 3, 5, 7], "along T, each with its 1 times", "0.0 0.1 0.2 1.0 1.1 1.2"],
  ] as const)("of %s %j: %s %j, %s", (axes, shape, axesOf, shapeOf, along, pages) => {
    const stack = stackOf(axes, shape, 3);
    expect(stack.axes.join("")).toBe(axesOf);
    expect(stack.shape).toEqual(shapeOf);
    expect(stack.metadata).toEqual({ text: `3 samples of each page, ${along}` });
    expect(order(stack)).toBe(pages);
  });

  it("keeps what is true of samples", () => {
    const um = { step: 0.2, unit: "um" };
    const { metadata } = sampleStack(
      {
        axes: ["T", "C", "Y", "X"],
        shape: [2, 1, 5, 7],
        metadata: {
          calibration: { X: um, Y: um, Z: um, T: { step: 3, unit: "s" } },
          ...{
            channels: ["GFP"],
            channelColours: ["#00ff00"],
            displayRanges: [[0, 9]],
            nodata: 7,
            text: "cells",
            notes: ["old"],
          },
          own: { format: "TIFF", calibration: {} },
        },
      },
      4,
    );
    expect(metadata).toEqual({
      calibration: { X: um, Y: um, T: { step: 3, unit: "s" } },
      ...{ channels: ["GFP"], channelColours: ["#00ff00"], displayRanges: [[0, 9]], nodata: 7 },
      text: "cells\n4 samples of each page, along Z",
    });
  });
});
