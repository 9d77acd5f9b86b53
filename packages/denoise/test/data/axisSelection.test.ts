import { InputError } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import {
  channelsOf,
  findChannel,
  parseRange,
  planeExtents,
  selectAxes,
  selectedChannels,
} from "../../src/data/axisSelection.js";
import { hyperstack, numberedPlanes } from "./hyperstack.js";

// Page t * 6 + z * 2 + c.
const named = hyperstack("h.tif", ["T", "Z", "C"], [2, 3, 2], numberedPlanes(12), {
  channels: ["DAPI", "GFP"],
});
const plain = hyperstack("p.tif", ["T"], [4], numberedPlanes(4));

const pagesIn = async (source: ReturnType<typeof selectAxes>): Promise<number[]> => {
  const { data } = await source.read();
  return Array.from({ length: data.length / 12 }, (_, k) => data[12 * k]! / 100);
};

test("axes with one plane are not counted", () => {
  expect(planeExtents(named)).toEqual([
    { axis: "T", extent: 2 },
    { axis: "Z", extent: 3 },
    { axis: "C", extent: 2 },
  ]);
  expect(planeExtents(hyperstack("a.tif", ["T", "C"], [1, 3], numberedPlanes(3)))).toEqual([
    { axis: "C", extent: 3 },
  ]);
});

describe("a channel", () => {
  test("is found by its name, its index, and its index in digits", () => {
    expect(findChannel(named, "GFP")).toEqual({ index: 1, name: "GFP" });
    expect(findChannel(named, 0)).toEqual({ index: 0, name: "DAPI" });
    expect(findChannel(named, "1")).toEqual({ index: 1, name: "GFP" });
    expect(channelsOf(plain)).toEqual([{ index: 0 }]);
  });

  test("that is not there, or may be two, is refused with those that are", () => {
    expect(() => findChannel(named, "Cy5")).toThrow(
      new InputError("h.tif has 2 channels, 0 (DAPI), 1 (GFP); expected one of them, got channel Cy5", {
        keys: ["channel"],
      }),
    );
    expect(() => findChannel(plain, 1)).toThrow(
      "p.tif has one channel, 0; expected one of them, got channel 1",
    );
    const numbers = hyperstack("n.tif", ["C"], [2], numberedPlanes(2), { channels: ["1", "2"] });
    expect(findChannel(numbers, "2")).toEqual({ index: 1, name: "2" });
    expect(() => findChannel(numbers, "1")).toThrow(
      "n.tif has 2 channels, 0 (1), 1 (2): 1 may be more than one of them; give another name or index",
    );
  });
});

describe("a selection", () => {
  test("has the planes of the channel, the depths and the times, and their axes", async () => {
    const channel = selectAxes(named, { channel: "GFP" });
    expect(planeExtents(channel)).toEqual([
      { axis: "T", extent: 2 },
      { axis: "Z", extent: 3 },
    ]);
    expect(await pagesIn(channel)).toEqual([1, 3, 5, 7, 9, 11]);
    expect(selectedChannels(named, { channel: "GFP" })).toEqual([{ index: 1, name: "GFP" }]);
    const block = selectAxes(named, { z: { first: 1, last: 2 }, t: { first: 1, last: 1 } });
    expect(planeExtents(block)).toEqual([
      { axis: "Z", extent: 2 },
      { axis: "C", extent: 2 },
    ]);
    expect(await pagesIn(block)).toEqual([8, 9, 10, 11]);
    expect(selectAxes(named, {})).toBe(named);
  });

  test("outside the file is refused with its axes, unless it is one plane for many", () => {
    expect(() => selectAxes(named, { z: { first: 2, last: 3 } })).toThrow(
      new InputError("h.tif has z 0 to 2 (its axes are T 2, Z 3, C 2), got z 2-3", { keys: ["z"] }),
    );
    expect(() => selectAxes(plain, { z: { first: 1, last: 1 } })).toThrow(
      "p.tif has only z 0 (its axes are T 4), got z 1",
    );
    expect(selectAxes(plain, { z: { first: 1, last: 1 }, channel: "GFP" }, "where there is a choice")).toBe(
      plain,
    );
    const other = hyperstack("o.tif", ["C"], [1], numberedPlanes(1), { channels: ["DAPI"] });
    expect(() => selectAxes(other, { channel: "GFP" }, "where there is a choice")).toThrow(
      "o.tif has one channel, 0 (DAPI); expected one of them, got channel GFP",
    );
  });
});

test("ranges are zero-based and have both ends", () => {
  expect(parseRange("3")).toEqual({ first: 3, last: 3 });
  expect(parseRange(" 0-9")).toEqual({ first: 0, last: 9 });
  for (const text of ["", "9-3", "a", "1-", "-1", "1.5"]) expect(parseRange(text)).toBeUndefined();
});
