import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Image } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoisedImages } from "../../src/inference/denoiseFilesOptions.js";
import { RoundingLoss } from "../../src/inference/roundingLoss.js";

const folder = temporaryFolder();
const method = methods.classicalNamed("gaussian");
const side = 48;

/** Counts of a Poisson distribution around a mean that grows from left to right; the numbers of a linear congruential generator. */
function counts(dimmest: number, brightest: number): Image<"uint8"> {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const mean = dimmest + ((brightest - dimmest) * (i % side)) / side;
    let count = -1;
    for (let product = 1; product > Math.exp(-mean); count++) product *= uniform();
    return count;
  });
  return { width: side, height: side, dtype: "uint8", data };
}

const sumOf = ({ data }: Image): number => Array.from(data).reduce((sum, value) => sum + value, 0);

async function denoised(name: string, page: Image, options: Partial<DenoisedImages> = {}) {
  const [file, out] = [join(folder, name), join(folder, `${name}-out`)];
  await writeImageFile(file, [page]);
  const warnings: string[] = [];
  const result = await denoiseFiles(
    { method, files: [file], out, ...options },
    { onWarning: (sentence) => warnings.push(sentence) },
  );
  const output = result.denoised[0]?.output ?? result.skipped[0]!.output;
  const { pages, dtype } = await readStack(output);
  const [record] = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8")).results;
  return { warnings, output, page: pages[0]!, dtype, record };
}

describe("an image of few counts", () => {
  const few = counts(0.05, 0.45);
  const takes = (percent: string): unknown =>
    expect.stringMatching(
      `rounding to whole grey values \\(uint8\\) takes ${percent} % of the result's light, .*; float32 keeps that: write the result so \\(dtype\\)`,
    );

  test.each([
    ["whole", "few.tif", few, {}],
    ["by bands", "bands.tif", few, { largestPage: 8 * side }],
    ["with missing pixels", "holed.tif", { ...few, data: few.data.with(100, 255) }, { nodata: 255 }],
  ] as const)("is told of where rounding takes its light: %s", async (_name, file, page, options) => {
    const { warnings, page: result, dtype, record } = await denoised(file, page, options);
    expect(warnings).toContainEqual(takes("[89]\\d(?:\\.\\d)?"));
    expect(dtype).toBe("uint8");
    expect(record).not.toHaveProperty("dtype");
    const lost = "nodata" in options ? sumOf(result) - 255 : sumOf(result);
    expect(lost).toBeLessThan(0.2 * sumOf(few));
  });

  test.each([
    ["whole", {}],
    ["by bands", { largestPage: 8 * side }],
  ] as const)("keeps it in float32: %s", async (name, options) => {
    const file = `kept-${name.replace(" ", "-")}.tif`;
    const { warnings, page, dtype, record } = await denoised(file, few, { ...options, dtype: "float32" });
    expect(warnings).toEqual([]);
    expect(dtype).toBe("float32");
    expect(record.dtype).toBe("float32");
    expect(sumOf(page) / sumOf(few)).toBeCloseTo(1, 2);
    const again = await denoised(file, few, { ...options, dtype: "float32", skipExisting: true });
    expect(again.warnings).toEqual([]);
    const other = await denoised(file, few, { ...options, skipExisting: true });
    expect(other.warnings).toEqual([expect.stringMatching(/was made with another pixel type, and stays/)]);
  });

  test("has the value for none in float32, too", async () => {
    const holed = { ...few, data: few.data.with(100, 255) };
    const { page, dtype } = await denoised("float-holed.tif", holed, { nodata: 255, dtype: "float32" });
    expect(dtype).toBe("float32");
    expect(page.data[100]).toBe(255);
    expect(page.data.filter((value) => value > 2)).toHaveLength(1);
  });

  test("is a TIFF in float32 where it was a PNG", async () => {
    const { output, dtype, page } = await denoised("few.png", few, { dtype: "float32" });
    expect(basename(output)).toBe("few.tif");
    expect(dtype).toBe("float32");
    expect(sumOf(page)).toBeGreaterThan(0.9 * sumOf(few));
  });
});

test("nothing is said of an image with enough counts, nor is the record of a float32 one another", async () => {
  const enough = counts(5, 50);
  expect((await denoised("enough.tif", enough)).warnings).toEqual([]);
  const floats: Image = { ...enough, dtype: "float32", data: Float32Array.from(enough.data) };
  const { warnings, dtype, record } = await denoised("floats.tif", floats, { dtype: "float32" });
  expect([warnings, dtype, record.dtype]).toEqual([[], "float32", undefined]);
});

describe("RoundingLoss", () => {
  const sentence = (dtype: "uint8" | "int16", values: readonly number[]): string | undefined => {
    const loss = new RoundingLoss(dtype);
    loss.add({ data: values.slice(0, 3) });
    loss.add({ data: values.slice(3) });
    return loss.sentence("a.tif");
  };
  const ramp = (from: number, to: number): number[] =>
    Array.from({ length: 1000 }, (_, i) => from + ((to - from) * (i + 0.5)) / 1000);

  test("says what contrast is lost on a background that keeps the light", () => {
    // A ramp of 1 has a standard deviation of 0.29, its rounding to a step at the half likewise.
    expect(sentence("uint8", ramp(100, 101))).toBe(
      "a.tif: rounding to whole grey values (uint8) changes the result by 0.29 on average, which varies by 0.29 (standard deviations); float32 keeps that: write the result so (dtype), or give the image as 32-bit floats",
    );
    expect(sentence("uint8", ramp(100, 104))).toBeUndefined();
  });

  test("says nothing of a result that has no contrast to lose, but of its light", () => {
    expect(sentence("uint8", Array<number>(1000).fill(100.3))).toBeUndefined();
    const float32 = Array.from({ length: 1000 }, (_, i) => Math.fround(100.3) + (i % 2) * 2 ** -18);
    expect(sentence("uint8", float32)).toBeUndefined();
    expect(sentence("uint8", Array<number>(1000).fill(0.3))).toMatch(/takes 100 % of the result's light/);
  });

  test("counts what is clipped, and no missing pixels", () => {
    expect(sentence("uint8", [-1, 50, 60, Number.NaN, Number.NEGATIVE_INFINITY, 80])).toBeUndefined();
    expect(sentence("uint8", [-10, 50, 60, 80])).toMatch(/\(uint8\) adds 5 % of the result's light/);
    expect(sentence("int16", [-10, 50, 60, 80])).toBeUndefined();
    expect(sentence("uint8", [])).toBeUndefined();
    expect(sentence("uint8", [7, 7, 7, 7])).toBeUndefined();
  });
});
