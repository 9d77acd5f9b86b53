import { counterRandom, type Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { foretoldErrors, HIDDEN_SETS, hiddenErrors, laterErrors } from "../../src/inference/hiddenPixels.js";
import type { SharedNoise } from "../../src/protocol/method.js";

const [WIDTH, HEIGHT] = [48, 40];

/** Noise of standard deviation 1 on grey value 10, the same in all pixels of a row or column, with a little of each pixel's own. */
function lines(along: SharedNoise): Plane {
  const { normal } = counterRandom(3);
  const shared = Array.from({ length: Math.max(WIDTH, HEIGHT) }, normal);
  const data = Float64Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const line = along === "horizontal" ? Math.floor(at / WIDTH) : at % WIDTH;
    return 10 + shared[line]! + 0.1 * normal();
  });
  return { width: WIDTH, height: HEIGHT, data };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Keeps what a line has in common. */
const lineMeans =
  (along: SharedNoise) =>
  (page: Plane): Plane => {
    const lineOf = (at: number): number => (along === "horizontal" ? Math.floor(at / WIDTH) : at % WIDTH);
    const sums = new Map<number, number[]>();
    for (const [at, value] of Array.from(page.data).entries()) {
      const line = lineOf(at);
      sums.set(line, [...(sums.get(line) ?? []), value]);
    }
    return { ...page, data: Float64Array.from(page.data, (_, at) => meanOf(sums.get(lineOf(at))!)) };
  };

const flat = (page: Plane): Plane => ({ ...page, data: Float64Array.from(page.data, () => 10) });

const lossOf = (denoise: (page: Plane) => Plane, page: Plane, along?: SharedNoise): number =>
  meanOf(
    Array.from({ length: HIDDEN_SETS }, (_, set) =>
      hiddenErrors({ seen: page, part: page, along }, (carried) => carried(page), denoise, undefined, set),
    )
      .flat()
      .map((error) => error ** 2),
  );

describe("hiddenErrors", () => {
  test.each([["horizontal"], ["vertical"]] as const)(
    "noise that is shared along an axis counts as noise where lines are hidden whole, and as structure otherwise: %s",
    (along) => {
      const page = lines(along);
      const keeps = lineMeans(along);
      expect(lossOf(keeps, page)).toBeLessThan(0.5 * lossOf(flat, page));
      expect(lossOf(keeps, page, along)).toBeGreaterThan(1.2 * lossOf(flat, page, along));
    },
  );

  test("the sets have all pixels between them", () => {
    const page = lines("vertical");
    const count = Array.from({ length: HIDDEN_SETS }, (_, set) =>
      hiddenErrors({ seen: page, part: page }, (carried) => carried(page), flat, undefined, set),
    ).flat().length;
    expect(count).toBe(WIDTH * HEIGHT);
  });
});

test.each([[undefined], ["horizontal"]] as const)(
  "laterErrors is hiddenErrors of a denoiser that takes its time: %s",
  async (along) => {
    const hiding = { seen: lines("vertical"), part: lines("vertical"), along };
    const smooth = lineMeans("vertical");
    const errors = await laterErrors(
      hiding,
      (carried) => carried(hiding.part),
      async (page) => smooth(page),
      7,
    );
    expect(errors).toEqual(hiddenErrors(hiding, (carried) => carried(hiding.part), smooth, undefined, 7));
  },
);

describe("foretoldErrors", () => {
  test.each([[undefined], ["horizontal"], ["vertical"]] as const)(
    "shows the denoiser nothing of the pixels that it is judged by: %s",
    async (along) => {
      const page = lines("horizontal");
      const seen: Plane[] = [];
      const denoise = async (shown: Plane): Promise<Plane> => {
        seen.push(shown);
        return flat(shown);
      };
      const errors = await foretoldErrors({ seen: page, part: page, along }, denoise, 5);
      // Set 5 begins at x 1, y 3.
      const judged = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i).filter(
        (at) => Math.floor(at / WIDTH) % 4 === 3 && (at % WIDTH) % 4 === 1,
      );
      expect(errors).toEqual(judged.map((at) => 10 - page.data[at]!));
      const hidden = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i).filter(
        (at) => seen[0]!.data[at] !== page.data[at],
      );
      // Of each four lines one.
      expect(hidden).toHaveLength(along === undefined ? judged.length : (WIDTH * HEIGHT) / 4);
      for (const at of judged) expect(hidden).toContain(at);
    },
  );
});
