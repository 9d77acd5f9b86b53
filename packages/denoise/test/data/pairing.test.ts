import { join } from "node:path";
import type { Image, Stack } from "@clidim/imaging";
import { InputError } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { pairForEvaluation, pairStacks, readEvaluation, readScenes } from "../../src/data/pairing.js";

const folder = temporaryFolder();

function page(value: number, width = 4, height = 3): Image {
  return {
    width,
    height,
    dtype: "uint16",
    data: Uint16Array.from({ length: width * height }, (_, i) => value + i),
  };
}

function stack(name: string, pages: readonly Image[]): Stack {
  const { width, height, dtype } = pages[0]!;
  return { name, width, height, dtype, pages };
}

const pages = (...values: number[]) => values.map((value) => page(value));
const a = stack("a.tif", pages(0, 10, 20));
const b = stack("b.tif", pages(30, 40));

describe("pairStacks", () => {
  test("as many clean files as noisy ones, page by page or one page for all", () => {
    const each = stack("ca.tif", pages(1, 2, 3));
    const one = stack("cb.tif", pages(4));
    expect(pairStacks([a, b], [each, one])).toEqual([
      { name: "a.tif", noisy: a, clean: each.pages, averaged: false },
      { name: "b.tif", noisy: b, clean: one.pages, averaged: false },
    ]);
  });

  test("one clean file whose page i belongs to noisy file i", () => {
    const clean = stack("clean.tif#3-4", pages(7, 8));
    expect(pairStacks([a, b], [clean])).toEqual([
      { name: "a.tif", noisy: a, clean: [clean.pages[0]], averaged: false },
      { name: "b.tif", noisy: b, clean: [clean.pages[1]], averaged: false },
    ]);
  });

  test("the average of each stack, in float", () => {
    const scenes = pairStacks([stack("n.tif", pages(0, 1))], "average");
    expect(scenes[0]!.clean).toHaveLength(1);
    expect(scenes[0]!.clean![0]).toMatchObject({ dtype: "float32", width: 4, height: 3 });
    expect([...scenes[0]!.clean![0]!.data.subarray(0, 3)]).toEqual([0.5, 1.5, 2.5]);
    expect(() => pairStacks([stack("n.tif", pages(0))], "average")).toThrow(
      /n\.tif has 1 page, expected at least 2/,
    );
  });

  test("anything else lists what was found", () => {
    const attempt = (clean: Stack[]) => () => pairStacks([a, b], clean);
    expect(attempt([stack("c.tif", pages(1, 2, 3))])).toThrow(InputError);
    expect(attempt([stack("c.tif", pages(1, 2, 3))])).toThrow(
      /found 2 noisy files: a\.tif \(3 pages, 4 x 3\), b\.tif \(2 pages, 4 x 3\); 1 clean file: c\.tif \(3 pages, 4 x 3\)$/,
    );
    expect(attempt([stack("c.tif", pages(1, 2)), stack("d.tif", pages(1))])).toThrow(/found 2 noisy files/);
    expect(() => pairStacks([a], [stack("c.tif", pages(1)), stack("d.tif", pages(2))])).toThrow(
      /2 clean files/,
    );
    expect(attempt([])).toThrow("expected at least one clean file, got none");
    expect(() => pairStacks([], "average")).toThrow("expected at least one noisy file, got none");
  });

  test("sizes that do not match and constant pages name the file", () => {
    const wide = [page(1, 5, 3)];
    expect(() => pairStacks([a], [stack("c.tif", wide)])).toThrow(
      "a.tif is 4 x 3 pixels but c.tif is 5 x 3; expected the same size",
    );
    const flat: Image = { ...page(0), data: new Uint16Array(12).fill(9) };
    expect(() => pairStacks([stack("n.tif", [page(0), flat])], "average")).toThrow(
      "page 1 of the selection in n.tif is constant (every pixel is 9), expected an image with contrast",
    );
    expect(() => pairStacks([a], [stack("c.tif", [flat])])).toThrow(/^c\.tif is constant/);
  });
});

describe("pairForEvaluation", () => {
  const clean = stack("c.tif", pages(1, 2));

  test("follows the same rules, with the noisy files beside", () => {
    const noisy = [stack("na.tif", pages(5, 6, 7)), stack("nb.tif", pages(8, 9))];
    expect(pairForEvaluation([a, b], [clean], noisy)).toEqual([
      { name: "a.tif", prediction: a, clean: [clean.pages[0]], noisy: noisy[0] },
      { name: "b.tif", prediction: b, clean: [clean.pages[1]], noisy: noisy[1] },
    ]);
    expect(pairForEvaluation([a, b], [clean])[0]).not.toHaveProperty("noisy");
  });

  test("a constant prediction is judged, a noisy file that does not fit is refused", () => {
    const flat = stack("p.tif", [{ ...page(0), data: new Uint16Array(12) }]);
    expect(pairForEvaluation([flat], [stack("c.tif", pages(1))])).toHaveLength(1);
    expect(() => pairForEvaluation([a, b], [clean], [a])).toThrow(/one noisy file for each prediction/);
    expect(() => pairForEvaluation([a], [stack("c.tif", pages(1))], [b])).toThrow(
      /found 1 prediction file: a\.tif/,
    );
    expect(() => pairForEvaluation([], [clean])).toThrow("expected at least one prediction file, got none");
  });
});

test("files are read with their page ranges", async () => {
  const [noisy, clean] = [join(folder, "noisy.tif"), join(folder, "clean.tif")];
  await writeImageFile(noisy, pages(0, 10, 20));
  await writeImageFile(clean, pages(1, 2, 3, 4));
  const scenes = await readScenes([`${noisy}#0-1`, `${noisy}#2`], [`${clean}#1-2`]);
  expect(scenes.map(({ name, clean: truth }) => [name, truth![0]!.data[0]])).toEqual([
    [`${noisy}#0-1`, 2],
    [`${noisy}#2`, 3],
  ]);
  expect((await readScenes([noisy], "average"))[0]!.clean![0]!.data[0]).toBe(10);
  expect((await readEvaluation([noisy], [`${clean}#0-2`], [noisy]))[0]!.noisy!.pages).toHaveLength(3);
  await expect(readScenes([], "average")).rejects.toThrow(/at least one noisy file/);
  await expect(readScenes([noisy], [`${clean}#9`])).rejects.toThrow(/the file has 4 pages \(0-3\)/);
});
