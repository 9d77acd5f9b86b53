import {
  ByteCache,
  counterRandom,
  type Image,
  type LazyPage,
  type PixelType,
  pageInMemory,
  pixelArray,
} from "@clidim/imaging";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areCaptures, refuseOthersThanCaptures } from "../../src/data/pageAxes.js";
import { type CleanImages, pairStacks, type Scene } from "../../src/data/pairing.js";
import { type PageStack, pageName } from "../../src/data/stackFiles.js";
import { usableScenes } from "../../src/data/usableScenes.js";

const [WIDTH, HEIGHT] = [20, 16];

function page(
  seed: number,
  dtype: PixelType = "uint16",
  missing: (x: number, y: number) => boolean = () => false,
): Image {
  const random = counterRandom(seed);
  const data = pixelArray(dtype, WIDTH * HEIGHT);
  for (let i = 0; i < data.length; i++) {
    const gone = missing(i % WIDTH, Math.floor(i / WIDTH));
    data[i] = gone ? (i % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY) : random.integer(200);
  }
  return { width: WIDTH, height: HEIGHT, dtype, data } as Image; // the array is of this type
}
const blank = (dtype: PixelType = "uint16", value = 0): Image =>
  ({ ...page(0, dtype), data: pixelArray(dtype, WIDTH * HEIGHT).fill(value) }) as Image; // as above

function stack(name: string, pages: readonly Image[]): PageStack {
  const extents = pages.length > 1 ? [{ axis: "T" as const, extent: pages.length }] : [];
  const size = { width: WIDTH, height: HEIGHT };
  return {
    name,
    ...size,
    extents,
    channels: [{ index: 0 }],
    spec: { path: name },
    pages: pages.map(pageInMemory),
  };
}

async function paired(
  noisy: readonly PageStack[],
  clean: CleanImages<PageStack>,
): Promise<{ scenes: Scene[]; warnings: string[] }> {
  const warnings: string[] = [];
  const cache = new ByteCache(2 ** 20);
  const scenes = await pairStacks(noisy, clean, cache, ["T"], (sentence) => warnings.push(sentence));
  return { scenes, warnings };
}
const pixels = async (lazy: LazyPage): Promise<number[]> => Array.from((await lazy.read()).data);

describe("blank pages", () => {
  test.each<[string, PageStack["extents"], PageStack["extents"], PageStack["mixed"]]>([
    ["depths stay depths", [{ axis: "Z", extent: 4 }], [{ axis: "Z", extent: 3 }], undefined],
    [
      "what is left of depths and times differs along both",
      [
        { axis: "T", extent: 2 },
        { axis: "Z", extent: 2 },
      ],
      [{ axis: "T", extent: 3 }],
      ["T", "Z"],
    ],
  ])("%s", async (_, extents, left, mixed) => {
    const depths = { ...stack("z.tif", [page(1), blank(), page(2), page(3)]), extents };
    const cache = new ByteCache(2 ** 20);
    const scene: Scene = { name: "z.tif", noisy: depths, averaged: false };
    const [{ noisy: kept }] = (await usableScenes([scene], cache)) as [Scene];
    expect(kept.extents).toEqual(left);
    expect(kept.mixed).toEqual(mixed);
    expect(areCaptures(kept)).toBe(false);
    expect(areCaptures(kept, ["T", "Z"])).toBe(true);
    expect(() => refuseOthersThanCaptures(kept, ["T"], "they are averaged")).toThrow("has pages along Z");
  });

  const noisy = [page(1), page(2), blank(), page(4)];

  test("are left out with their clean pages, and named", async () => {
    const clean = [page(11), page(12), page(13), page(14)];
    const { scenes, warnings } = await paired([stack("n.tif", noisy)], [stack("c.tif", clean)]);
    expect(warnings).toEqual(["n.tif#2 is blank (every pixel is 0) and left out"]);
    const [scene] = scenes;
    expect(scene!.cleanNames).toEqual(["c.tif#0", "c.tif#1", "c.tif#3"]);
    expect(scene!.noisy.pages.map((_, i) => pageName(scene!.noisy, i))).toEqual([
      "n.tif#0",
      "n.tif#1",
      "n.tif#3",
    ]);
    expect(await pixels(scene!.noisy.pages[2]!)).toEqual(Array.from(noisy[3]!.data));
    expect(await pixels(scene!.clean![2]!)).toEqual(Array.from(clean[3]!.data));
  });

  test("take no part in means, and one clean page stays that of the others", async () => {
    const { scenes, warnings } = await paired(
      [stack("n.tif", [page(1), blank(), page(2), blank()])],
      "average",
    );
    expect(warnings).toEqual(["n.tif#1 is blank (every pixel is 0) and left out; so is another page"]);
    const mean = Array.from(page(1).data, (value, i) => (value + page(2).data[i]!) / 2);
    expect(await pixels(scenes[0]!.clean![0]!)).toEqual(mean);
    const { scenes: one } = await paired([stack("n.tif", noisy)], [stack("c.tif", [page(9)])]);
    expect(one[0]!.noisy.pages).toHaveLength(3);
    expect(one[0]!.clean).toHaveLength(1);
    const { scenes: alone } = await paired([stack("n.tif", noisy)], "none");
    expect(alone[0]!.noisy.pages).toHaveLength(3);
    expect(alone[0]!).not.toHaveProperty("clean");
  });

  test("as clean pages leave out their noisy ones", async () => {
    const clean = [page(11), blank("uint16", 7), page(13), page(14)];
    const { scenes, warnings } = await paired(
      [stack("n.tif", [page(1), page(2), page(3), page(4)])],
      [stack("c.tif", clean)],
    );
    expect(warnings).toEqual(["c.tif#1 is blank (every pixel is 7) and left out"]);
    expect(scenes[0]!.noisy.pages).toHaveLength(3);
  });

  test("alone are refused", async () => {
    const empty = blank("float32", Number.NaN);
    await expect(paired([stack("n.tif", [empty])], "none")).rejects.toThrow(
      "n.tif is constant (no pixel has a finite value)",
    );
    await expect(paired([stack("n.tif", [page(1), blank()])], "average")).rejects.toThrow(
      "n.tif has 1 page that is not blank, expected at least 2 to average",
    );
    await expect(paired([stack("n.tif", noisy)], [stack("c.tif", [blank()])])).rejects.toThrow(
      /^c\.tif is constant/,
    );
  });
});

describe("missing pixels", () => {
  test("leave a clean page that several captures have one page", async () => {
    const extents = (...axes: readonly (readonly ["T" | "Z", number])[]) =>
      axes.map(([axis, extent]) => ({ axis, extent }));
    const gone = page(1, "float32", (x) => x < 2);
    const pages = [gone, ...[2, 3, 4].map((seed) => page(seed, "float32"))];
    const noisy = { ...stack("tz.tif", pages), extents: extents(["T", 2], ["Z", 2]) };
    const truths = [page(11, "float32"), page(12, "float32")];
    const clean = { ...stack("z.tif", truths), extents: extents(["Z", 2]) };
    const { scenes, warnings } = await paired([noisy], [clean]);
    expect(warnings).toEqual([
      expect.stringMatching(/^tz\.tif has pixels that are .*; the part without any/),
    ]);
    expect(scenes[0]!.clean).toHaveLength(4);
    expect(new Set(scenes[0]!.clean).size).toBe(2);
  });

  test("scenes without any are returned as they are", async () => {
    const [floats, integers] = [
      stack("f.tif", [page(1, "float32"), page(2, "float32")]),
      stack("i.tif", [page(3), page(4)]),
    ];
    const { scenes, warnings } = await paired([floats, integers], "none");
    expect(warnings).toEqual([]);
    expect(scenes.map(({ noisy }) => noisy)).toEqual([floats, integers]);
  });

  test("at borders are cut off, those of all pages of a scene", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(3), fc.nat(2), fc.nat(2), async (left, right, top, bottom) => {
        fc.pre(left + right + top + bottom > 0);
        const noisy = [
          page(1, "float32", (x) => x < left),
          page(2, "float32", (_, y) => y >= HEIGHT - bottom),
        ];
        const clean = page(3, "float32", (x, y) => x >= WIDTH - right || y < top);
        const { scenes, warnings } = await paired([stack("n.tif", noisy)], [stack("c.tif", [clean])]);
        const [width, height] = [WIDTH - left - right, HEIGHT - top - bottom];
        expect(warnings).toEqual([
          `n.tif has pixels that are NaN or infinite; the part without any is used, ${width} x ${height} pixels at x ${left}, y ${top}`,
        ]);
        const [scene] = scenes;
        expect(scene!.noisy).toMatchObject({ width, height });
        const expected = Array.from(clean.data).filter(Number.isFinite);
        const cut = (await pixels(scene!.clean![0]!)).filter((value) => expected.includes(value));
        expect(cut).toHaveLength(width * height);
        for (const lazy of [...scene!.noisy.pages, ...scene!.clean!]) {
          expect((await pixels(lazy)).every(Number.isFinite)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("here and there are filled where they are few, and stay in their places", async () => {
    const dead = (x: number, y: number): boolean => (x === 10 && y === 8) || (x === 9 && y === 7);
    const { scenes, warnings } = await paired(
      [stack("n.tif", [page(1, "float32", dead), page(2, "float32")])],
      "average",
    );
    expect(warnings).toEqual([
      "n.tif has pixels that are NaN or infinite, at 2 places; they are filled from those around them",
    ]);
    const [scene] = scenes;
    expect(scene!.noisy).toMatchObject({ width: WIDTH, height: HEIGHT });
    const filled = await pixels(scene!.noisy.pages[0]!);
    for (const [i, value] of filled.entries()) {
      if (dead(i % WIDTH, Math.floor(i / WIDTH))) expect(value).toBeLessThan(200);
      else expect(value).toBe(page(1, "float32", dead).data[i]);
    }
    const window = await scene!.noisy.pages[0]!.read({ x: 9, y: 7, width: 2, height: 2 });
    expect(Array.from(window.data)).toEqual([7, 8].flatMap((y) => [9, 10].map((x) => filled[y * WIDTH + x])));
    expect((await pixels(scene!.clean![0]!)).every(Number.isFinite)).toBe(true);
  });

  test("that a grey value stands for are called by it", async () => {
    const masked = { ...stack("n.tif", [page(1, "float32", (x) => x < 2)]), nodata: -9999 };
    const { warnings } = await paired([masked], "none");
    expect(warnings).toEqual([
      "n.tif has pixels that are -9999 (which stands for no value), NaN or infinite; the part without any is used, 18 x 16 pixels at x 2, y 0",
    ]);
  });

  test("here and there are refused where they are many", async () => {
    const many = page(1, "float32", (x, y) => (x + y) % 5 === 0);
    await expect(paired([stack("n.tif", [many])], "none")).rejects.toThrow(
      /^n\.tif: at 20\.0 % of the places a pixel is NaN or infinite, and the largest part without any is \d+ x \d+ of 20 x 16 pixels; cut the images/,
    );
  });
});
