import { InputError } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import {
  channelsOf,
  findChannel,
  findChannels,
  parseRanges,
  planeExtents,
  rangesText,
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
      "n.tif has 2 channels, 0 (1), 1 (2): 1 may be more than one of them; give name:1 or index:1",
    );
    expect(findChannel(numbers, "name:1")).toEqual({ index: 0, name: "1" });
    expect(findChannel(numbers, "index:1")).toEqual({ index: 1, name: "2" });
    expect(findChannel(numbers, 1)).toEqual({ index: 1, name: "2" });
    expect(() => findChannel(numbers, "index:2")).toThrow("expected one of them, got channel index:2");
    const twice = hyperstack("n.tif", ["C"], [2], numberedPlanes(2), { channels: ["GFP", "GFP"] });
    expect(() => findChannels(twice, "GFP")).toThrow(
      "GFP may be more than one of them; give index:0 or index:1",
    );
  });

  test("several are a list of them, unless a name has commas itself", () => {
    const indices = (text: string, channels?: readonly string[]): number[] => {
      const source = hyperstack("m.tif", ["C"], [4], numberedPlanes(4), channels ? { channels } : {});
      return findChannels(source, text).map(({ index }) => index);
    };
    expect(indices("0,2")).toEqual([0, 2]);
    expect(indices("3, 0-1")).toEqual([3, 0, 1]);
    expect(indices("1-3")).toEqual([1, 2, 3]);
    const names = ["DAPI, 405", "GFP", "0-1", "Cy5"];
    expect(indices("DAPI, 405", names)).toEqual([0]);
    expect(indices("GFP,Cy5", names)).toEqual([1, 3]);
    expect(indices("0-1", names)).toEqual([2]);
    expect(() => indices("0,4")).toThrow(
      "m.tif has 4 channels, 0, 1, 2, 3; expected one of them, got channel 4",
    );
    expect(() => indices("2-9")).toThrow("expected one of them, got channel 4");
    expect(() => indices("")).toThrow("got channel ");
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
    const z = [
      { first: 0, last: 0 },
      { first: 2, last: 2 },
    ];
    const apart = selectAxes(named, { channel: "GFP", z });
    expect(await pagesIn(apart)).toEqual([1, 5, 7, 11]);
    expect(apart.metadata.sparse).toMatchObject({ axes: ["T", "Z"], shape: [2, 2] });
    expect(() => selectAxes(named, { z: [z[0]!, { first: 2, last: 3 }] })).toThrow("got z 0,2-3");
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
  expect(parseRanges("3")).toEqual({ first: 3, last: 3 });
  expect(parseRanges(" 0-9")).toEqual({ first: 0, last: 9 });
  for (const text of ["", "9-3", "a", "1-", "-1", "1.5", "1,", "1,,2", "1;2"]) {
    expect(parseRanges(text)).toBeUndefined();
  }
  const apart = [
    { first: 1, last: 1 },
    { first: 4, last: 4 },
    { first: 7, last: 9 },
  ];
  expect(parseRanges("7-8,1, 4,8-9")).toEqual(apart);
  expect(rangesText(apart)).toBe("1,4,7-9");
  expect(parseRanges("2,0,1")).toEqual({ first: 0, last: 2 });
});
