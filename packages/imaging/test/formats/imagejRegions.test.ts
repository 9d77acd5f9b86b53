import { describe, expect, test } from "vitest";
import { regionOfPlanes } from "../../src/formats/tiff/imagejRegions.js";
import { type PlaneAxes, selectPlanes } from "../../src/image/planeSelection.js";

/** Times, slices, channels. */
const image: PlaneAxes = { axes: ["T", "Z", "C"], shape: [2, 3, 2] };
const select = (...planes: number[]) => selectPlanes(image, Uint32Array.from(planes));

/** A region on a plane, or on a channel, slice and frame, or of points on planes; positions count from 1. */
function region({ plane = 0, hyperstack = [0, 0, 0], points = [] as number[] }): Uint8Array {
  const bytes = new Uint8Array(64 + 64 + 4 * points.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("Iout"));
  view.setInt16(16, points.length);
  view.setInt32(56, plane);
  view.setInt32(60, 64);
  for (const [i, position] of hyperstack.entries()) view.setInt32(64 + 4 + 4 * i, position);
  if (points.length > 0) view.setInt32(64 + 48, 128);
  for (const [i, position] of points.entries()) view.setUint32(128 + 4 * i, position * 256 + 7);
  return bytes;
}

describe("a region on some planes, of a selection", () => {
  test("on a plane", () => {
    expect(regionOfPlanes(region({ plane: 5 }), image, select(3, 4, 5))).toEqual(region({ plane: 2 }));
    expect(regionOfPlanes(region({ plane: 3 }), image, select(3, 4, 5))).toBeUndefined();
  });

  test("on all planes stays as it is, as does what is none of ImageJ's", () => {
    expect(regionOfPlanes(region({}), image, select(1, 3))).toEqual(region({}));
    const other = Uint8Array.of(1, 2, 3);
    expect(regionOfPlanes(other, image, select(1, 3))).toEqual(other);
  });

  test("on a channel, a slice and a frame of a hyperstack that is still one", () => {
    // The second frame of all slices and channels from the second slice on.
    const there = select(8, 9, 10, 11);
    expect(regionOfPlanes(region({ hyperstack: [2, 3, 2] }), image, there)).toEqual(
      region({ hyperstack: [2, 2, 0] }),
    );
    expect(regionOfPlanes(region({ hyperstack: [0, 3, 0] }), image, there)).toEqual(
      region({ hyperstack: [0, 2, 0] }),
    );
    expect(regionOfPlanes(region({ hyperstack: [2, 1, 2] }), image, there)).toBeUndefined();
  });

  test("of a hyperstack that becomes a stack: on one of its planes, on all, or, without words for others, nowhere", () => {
    const slices = select(1, 3, 5); // of the second channel at the first time
    expect(regionOfPlanes(region({ hyperstack: [2, 3, 1] }), image, slices)).toEqual(region({ plane: 3 }));
    expect(regionOfPlanes(region({ hyperstack: [1, 3, 1] }), image, slices)).toBeUndefined();
    expect(regionOfPlanes(region({ hyperstack: [2, 0, 0] }), image, slices)).toEqual(region({}));
    expect(regionOfPlanes(region({ hyperstack: [2, 0, 0] }), image, select(0, 1, 2, 3, 4))).toBeUndefined();
  });

  test("points on planes of their own", () => {
    expect(regionOfPlanes(region({ points: [2, 4] }), image, select(1, 3, 5))).toEqual(
      region({ points: [1, 2] }),
    );
    expect(regionOfPlanes(region({ points: [2, 5] }), image, select(1, 3, 5))).toBeUndefined();
    expect(regionOfPlanes(region({ points: [0] }), image, select(1))).toEqual(region({ points: [0] }));
  });
});
