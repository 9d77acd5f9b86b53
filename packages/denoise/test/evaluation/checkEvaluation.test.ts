import { counterRandom, gaussianBlur, type Plane, psnr, simulateScenes } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { type EvaluationScene, pairForEvaluation } from "../../src/data/pairing.js";
import { checkEvaluation } from "../../src/evaluation/checkEvaluation.js";
import { evaluateScenes } from "../../src/evaluation/evaluateFiles.js";
import { stackInMemory as stack } from "../data/stackInMemory.js";

const scenes = simulateScenes({ seed: 2, size: 96, scenes: 4, frames: 1 });
const truths = scenes.map(({ clean }) => clean);
const captures = scenes.map(({ noisy }) => noisy[0]!);
const denoised = captures.map((page) => gaussianBlur(page, 1));

const mapped = (pages: readonly Plane[], map: (value: number) => number): Plane[] =>
  pages.map((page) => ({ ...page, data: Float64Array.from(page.data, map) }));
const given = (prediction: readonly Plane[], clean: readonly Plane[], noisy?: readonly Plane[]) =>
  pairForEvaluation([stack("p.tif", prediction)], [stack("c.tif", clean)], noisy && [stack("n.tif", noisy)]);

async function checked(
  pairs: readonly EvaluationScene[],
  force = false,
): Promise<{ scenes: EvaluationScene[]; warnings: string[]; mean: number }> {
  const warnings: string[] = [];
  const onWarning = (sentence: string): void => void warnings.push(sentence);
  const result = await checkEvaluation(pairs, { force, onWarning });
  return { scenes: result, warnings, mean: (await evaluateScenes(result)).mean.prediction.psnr };
}
const right = denoised.reduce((sum, page, i) => sum + psnr(page, truths[i]!) / 4, 0);

describe("checkEvaluation", () => {
  test("leaves what belongs together as it is", async () => {
    const pairs = await given(denoised, truths, captures);
    const { scenes: same, warnings, mean } = await checked(pairs);
    expect(same).toEqual(pairs);
    expect(warnings).toEqual([]);
    expect(mean).toBeCloseTo(right, 10);
  });

  test("clean images in other units are converted to the noisy ones'", async () => {
    const { warnings, mean } = await checked(
      await given(
        denoised,
        mapped(truths, (value) => 256 * value),
        captures,
      ),
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^c\.tif#0 has other units than n\.tif: noisy = 0\.00\d+ clean/),
    ]);
    expect(Math.abs(mean - right)).toBeLessThan(0.3);
  });

  test("predictions in other units are converted, with noisy images and without", async () => {
    const small = mapped(denoised, (value) => value / 65535);
    for (const noisy of [captures, undefined]) {
      const { scenes: judged, warnings, mean } = await checked(await given(small, truths, noisy));
      expect(judged.some((scene) => "noisy" in scene)).toBe(false);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^p\.tif has other units than c\.tif#0: prediction = .*whether their brightness is right(; they are not compared with noisy images .*)?$/,
        ),
      ]);
      expect(warnings[0]!.includes("not compared")).toBe(noisy !== undefined);
      expect(Math.abs(mean - right)).toBeLessThan(0.5);
    }
  });

  describe("of predictions in other units some show nothing", () => {
    const random = counterRandom(5);
    const flat = (deviation: number): Plane => ({
      ...truths[0]!,
      data: Float64Array.from(truths[0]!.data, () => 100 + deviation * random.normal()),
    });
    const [empty, noise] = [flat(0.01), flat(0.3)];
    /** A file for each field, in units as `map` says. */
    const judged = async (
      map: (value: number, field: number) => number,
      { force = false, shown = noise, truth = empty } = {},
    ) => {
      const files = (name: string, pages: readonly Plane[]) =>
        pages.map((page, i) => stack(`${name}${i}.tif`, [page]));
      const predictions = [...denoised.slice(0, 3), shown].map(
        (page, field) => mapped([page], (value) => map(value, field))[0]!,
      );
      const clean = files("c", [...truths.slice(0, 3), truth]);
      return checked(await pairForEvaluation(files("p", predictions), clean), force);
    };
    const last = async (scenes: readonly EvaluationScene[]): Promise<number> => {
      const { data } = await scenes[3]!.prediction.pages[0]!.read();
      return Array.from(data).reduce((sum, value) => sum + value / data.length, 0);
    };

    test("these have the units of the others, where all of these agree", async () => {
      const { scenes: found, warnings } = await judged((value) => value / 65535);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^p0\.tif has other units than c0\.tif: .* By themselves the pages of p3\.tif do not tell it: taken for the same units as the others$/,
        ),
      ]);
      expect(await last(found)).toBeGreaterThan(90);
      expect(await last(found)).toBeLessThan(110);
    });

    /** What shows little but the place right. */
    const bad = (truth: Plane): Plane => {
      const wrong = gaussianBlur(
        { ...noise, data: Float64Array.from(noise.data, () => 100 * random.normal()) },
        1,
      );
      return { ...truth, data: Float64Array.from(truth.data, (v, i) => 50 + v / 2 + wrong.data[i]!) };
    };

    test("so have bad results, of which little but the place is right; where the others have several units, they are refused", async () => {
      const truth = truths[3]!;
      const shown = bad(truth);
      const { scenes: found, warnings } = await judged((value) => value / 65535, { shown, truth });
      expect(warnings).toEqual([expect.stringMatching(/the pages of p3\.tif do not tell it/)]);
      expect(await last(found)).toBeGreaterThan(50);
      expect(await last(found)).toBeLessThan(250);
      // In the units of its clean page it is judged as it is, and tells that not all are in the same.
      const mixed = (value: number, field: number): number => (field === 3 ? value : value / 65535);
      const { scenes: others } = await judged(mixed, { shown, truth });
      expect(await last(others)).toBeGreaterThan(50);
      const several = (value: number, field: number): number => value / [300, 3000, 30_000, 3e5][field]!;
      await expect(judged(several, { shown, truth })).rejects.toThrow("in which units p3.tif is");
    });

    test("of a stack one page does not make the units of bad results of others", async () => {
      const brighter = mapped([denoised[0]!], (value) => 5 * value);
      const pairs = await given([...brighter, ...truths.slice(1).map(bad)], truths);
      const { scenes: same, warnings } = await checked(pairs);
      expect(same).toEqual(pairs);
      expect(warnings).toEqual([]);
    });

    test("they are left out, where the others have several units; forced, said and left alone", async () => {
      const mixed = (value: number, field: number): number => value * [1, 256, 256, 256][field]!;
      const sentence =
        "it cannot be told in which units p3.tif is: predictions of other files have other units than their clean images, but not all the same";
      const left = await judged(mixed);
      expect(left.scenes.map(({ name }) => name)).toEqual(["p0.tif", "p1.tif", "p2.tif"]);
      expect(left.warnings[0]).toMatch(/units p3\.tif is: .* they are left out of the figures$/);
      // As where each file is scaled by itself.
      const each = (value: number, field: number): number => value / [300, 3000, 30_000, 3e5][field]!;
      expect((await judged(each)).scenes).toHaveLength(3);
      const { scenes: found, warnings } = await judged(mixed, { force: true });
      expect(warnings[0]).toContain(sentence);
      expect(warnings[0]).not.toContain("left out of");
      expect(warnings[1]).toMatch(/^p1\.tif has other units than c1\.tif/);
      expect(warnings[1]).not.toContain("By themselves");
      expect(await last(found)).toBeGreaterThan(256 * 90);
    });

    test("they stay as they are, where the others do", async () => {
      expect((await judged((value) => value)).warnings).toEqual([]);
    });

    test("a page of a stack has the units of its other pages", async () => {
      const small = mapped([...denoised.slice(0, 3), noise], (value) => value / 65535);
      const { scenes: found, warnings } = await checked(await given(small, [...truths.slice(0, 3), empty]));
      expect(warnings).toEqual([expect.stringMatching(/^p\.tif has other units than c\.tif#0/)]);
      const { data } = await found[0]!.prediction.pages[0]!.read();
      const close = psnr({ ...truths[0]!, data }, truths[0]!) - psnr(denoised[0]!, truths[0]!);
      expect(Math.abs(close)).toBeLessThan(0.5);
    });
  });

  test("predictions that are the clean images are refused, unless they are forced", async () => {
    const pairs = await given([denoised[0]!, ...truths.slice(1)], truths, captures);
    await expect(checked(pairs)).rejects.toThrow(
      /^p\.tif#1 and c\.tif#1 are identical, pixel for pixel \(so it is with 3 of 4 pages looked at\): .*; give the denoised images$/,
    );
    expect((await checked(pairs, true)).warnings).toEqual([
      expect.stringMatching(/^p\.tif#1 and c\.tif#1 are/),
    ]);
    const exposed = mapped(truths, (value) => 256 * value);
    await expect(checked(await given(exposed, exposed, captures))).rejects.toThrow(/identical/);
  });

  test("predictions that are the noisy images, and constant ones, are judged with a warning", async () => {
    const [first, second] = [captures[0]!, mapped(captures, () => 7)[1]!];
    const { warnings } = await checked(await given([first, second, ...denoised.slice(2)], truths, captures));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^p\.tif#0 and n\.tif#0 are identical, pixel for pixel: .*nothing was taken away$/,
      ),
      expect.stringMatching(/^p\.tif#1 is constant \(every pixel is 7\): .*mean nothing$/),
    ]);
  });

  test("a weak contrast is a fault of the prediction, and is judged as it is", async () => {
    const flat = mapped(denoised, (value) => 150 + 0.5 * (value - 150));
    const pairs = await given(flat, truths, captures);
    const { scenes: same, warnings } = await checked(pairs);
    expect(same).toEqual(pairs);
    expect(warnings).toEqual([]);
  });

  test("a prediction of something else is judged with a warning, one of another page is refused", async () => {
    const random = counterRandom(3);
    const invented = denoised.map((page) =>
      gaussianBlur({ ...page, data: Float64Array.from(page.data, () => 100 + 90 * random.normal()) }, 1),
    );
    const { warnings } = await checked(await given(invented, truths));
    expect(warnings).toEqual([
      expect.stringMatching(/^p\.tif#0 and c\.tif#0 do not show the same: .*4 of 4 pages/),
    ]);
    const turned = await given(denoised.toReversed(), truths);
    await expect(checked(turned)).rejects.toThrow(/c\.tif#3 fits p\.tif#0 .* are the two swapped\?$/);
    expect((await checked(turned, true)).warnings).toHaveLength(1);
  });

  test("noisy images of other fields are refused", async () => {
    await expect(checked(await given(denoised, truths, captures.toReversed()))).rejects.toThrow(
      /^n\.tif#0 and c\.tif#0 do not show the same: /,
    );
  });
});
