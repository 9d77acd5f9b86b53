import { describe, expect, test } from "vitest";
import { InputError } from "../../src/image/inputError.js";
import type { ImageMetadata } from "../../src/image/metadata.js";
import { planarSource } from "../../src/image/planarSource.js";
import { selectPages } from "../../src/image/selectPages.js";
import { selectRegion } from "../../src/image/selectRegion.js";
import type { ImageSource } from "../../src/image/source.js";

const um = { step: 0.5, unit: "um" };
const metadata: ImageMetadata = {
  calibration: { T: { step: 2, unit: "s" }, Z: um, Y: um, X: um },
  channels: ["DAPI", "GFP"],
  displayRanges: [
    [0, 10],
    [5, 90],
  ],
  text: "by hand",
  nodata: 7,
  own: { format: "Own", calibration: "kept", display: "too" },
};

/** Times, channels, slices; the pixels of page i are 10 i, 10 i + 1, ... */
const source = (): ImageSource =>
  planarSource({
    ...{ format: "Own", name: "a.own", dtype: "uint8", chunks: [1, 1, 1, 2, 3], metadata },
    axes: ["T", "C", "Z", "Y", "X"],
    shape: [2, 2, 4, 2, 3],
    readPlane: async (index, { x, y, width, height }) => {
      const pixel = (i: number): number => 10 * index + (y + Math.floor(i / width)) * 3 + x + (i % width);
      return Uint8Array.from({ length: width * height }, (_, i) => pixel(i));
    },
    close: async () => {},
  });

const planesOf = ({ metadata: { own } }: ImageSource): number[] => [...(own?.planes ?? [])];

describe("selectRegion", () => {
  test("an index takes its axis away, an interval keeps it", async () => {
    const cut = selectRegion(source(), { C: 1, Z: [1, 3] });
    expect(cut).toMatchObject({ axes: ["T", "Z", "Y", "X"], shape: [2, 2, 2, 3], chunks: [1, 1, 2, 3] });
    const { data, shape } = await cut.read({ Z: 1, Y: 1, X: [1, 3] });
    expect(shape).toEqual([2, 1, 1, 2]);
    expect([...data]).toEqual([64, 65, 144, 145]);
    expect(selectRegion(source(), { C: [1, 2] })).toMatchObject({ axes: ["T", "C", "Z", "Y", "X"] });
  });

  test("what is said of its channels, and which planes it has", () => {
    const cut = selectRegion(source(), { T: 1, C: 1, Z: [1, 3] });
    expect(cut.metadata).toMatchObject({
      calibration: metadata.calibration,
      channels: ["GFP"],
      displayRanges: [[5, 90]],
      text: "by hand",
      own: { format: "Own", calibration: "kept", display: "too" },
    });
    expect(planesOf(cut)).toEqual([13, 14]);
    expect(planesOf(selectRegion(cut, { Z: 1 }))).toEqual([14]);
  });

  test("all of a source is the source", () => {
    const whole = source();
    expect(selectRegion(whole, { C: [0, 2] })).toBe(whole);
  });

  test("axes and indices that are not there are refused", () => {
    expect(() => selectRegion(source(), { C: 2 })).toThrow(
      new InputError("a.own: expected indices of C within 0 to 1, got 2"),
    );
    expect(() => selectRegion(source(), { Z: [2, 6] })).toThrow("within 0 to 3, got 2 to 5");
    expect(() => selectRegion(source(), { Z: [2, 2] })).toThrow(InputError);
    expect(() => selectRegion(selectRegion(source(), { C: 0 }), { C: 0 })).toThrow(
      new InputError("a.own has the axes T, Z, Y, X, got a selection along C"),
    );
  });
});

describe("selectPages", () => {
  test("pages that are a block keep their axes", () => {
    const cut = selectPages(source(), { first: 4, last: 7 });
    expect(cut).toMatchObject({ axes: ["Z", "Y", "X"], shape: [4, 2, 3], metadata: { channels: ["GFP"] } });
    expect(planesOf(cut)).toEqual([4, 5, 6, 7]);
    expect(selectPages(source(), { first: 8, last: 15 })).toMatchObject({ axes: ["C", "Z", "Y", "X"] });
  });

  test("others are a plain stack, of which no more is said than is true", async () => {
    const cut = selectPages(source(), { first: 3, last: 5 });
    expect(cut).toMatchObject({ axes: ["T", "Y", "X"], shape: [3, 2, 3] });
    expect([...(await cut.read({ T: [1, 3], Y: 0, X: 0 })).data]).toEqual([40, 50]);
    const { own: _, ...said } = cut.metadata;
    const { calibration, channels, displayRanges } = metadata;
    expect(said).toEqual({
      calibration: { Y: um, X: um },
      text: "by hand",
      nodata: 7,
      sparse: {
        ...{ axes: ["C", "Z"], shape: [2, 3], planes: Uint32Array.of(2, 3, 4) },
        metadata: { calibration, channels, displayRanges },
      },
    });
    const oneChannel = selectPages(selectPages(source(), { first: 1, last: 8 }), { first: 0, last: 1 });
    expect(planesOf(oneChannel)).toEqual([1, 2]);
  });
});
