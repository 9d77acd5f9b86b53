import { checkAdjoint, checkGradients } from "@clidim/autograd/testing";
import { evaluate, key, mul, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { cutout } from "../../src/augment/cutout.js";
import { diffAugment, diffAugmentPolicies } from "../../src/augment/diffAugment.js";
import { augmentationNames, drawView } from "../../src/augment/drawView.js";
import { randomBlur } from "../../src/augment/randomBlur.js";
import { randomExposure } from "../../src/augment/randomExposure.js";
import { randomMirror } from "../../src/augment/randomMirror.js";
import { randomNoise } from "../../src/augment/randomNoise.js";
import { randomOrientation } from "../../src/augment/randomOrientation.js";
import { drawRectangles, randomResizedCrop } from "../../src/augment/randomResizedCrop.js";
import { randomShift } from "../../src/augment/randomShift.js";
import { resample } from "../../src/augment/resample.js";
import { gaussianFilter } from "../../src/losses/gaussianFilter.js";

const values = (x: Tensor): Float64Array => interpret([x])[0]!;
/** Every pixel another value, so that it can be found again. */
const numbered = (batch: number, size: number): Tensor =>
  tensor(
    Float32Array.from({ length: batch * size * size }, (_, i) => (i % (size * size)) + 1),
    { shape: [batch, size, size, 1] },
  );
/** The image n of a batch of one-channel images, as rows. */
function imageOf(data: Float64Array, n: number, size: number): number[][] {
  return Array.from({ length: size }, (_, y) => [
    ...data.slice((n * size + y) * size, (n * size + y + 1) * size),
  ]);
}
const countOf = <T>(items: readonly T[]): Map<T, number> =>
  items.reduce((counts, item) => counts.set(item, (counts.get(item) ?? 0) + 1), new Map<T, number>());

describe("resample", () => {
  it("is a product with each image's own matrices, and linear", () => {
    const [x, rows, columns] = [
      uniform(key(1), [2, 3, 4, 2]),
      uniform(key(2), [2, 5, 3]),
      uniform(key(3), [2, 6, 4]),
    ];
    const [found, image, r, c] = interpret([resample(x, rows, columns), x, rows, columns]) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (const [n, y, z, channel] of [
      [0, 0, 0, 0],
      [1, 4, 5, 1],
      [0, 2, 3, 1],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 4; j++)
          sum +=
            r[(n * 5 + y) * 3 + i]! * image[((n * 3 + i) * 4 + j) * 2 + channel]! * c[(n * 6 + z) * 4 + j]!;
      expect(found[((n * 5 + y) * 6 + z) * 2 + channel]).toBeCloseTo(sum, 12);
    }
    checkAdjoint((image_: Tensor) => resample(image_, rows, columns), [x]);
    expect(() => resample(x, columns, rows)).toThrow(/rows \[2,Ho,3\] and columns \[2,Wo,4\]/);
  });
});

describe("flips and turns", () => {
  it("randomMirror mirrors about half of the images", () => {
    const data = values(randomMirror(key(4), numbered(64, 4)));
    const first = Array.from({ length: 64 }, (_, n) => imageOf(data, n, 4)[0]!.join());
    const counts = countOf(first);
    expect([...counts.keys()].toSorted()).toEqual(["1,2,3,4", "4,3,2,1"]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(20);
  });

  it("randomOrientation gives all eight, about equally often", () => {
    const data = values(randomOrientation(key(5), numbered(256, 3)));
    const counts = countOf(Array.from({ length: 256 }, (_, n) => imageOf(data, n, 3).join()));
    expect(counts.size).toBe(8);
    for (const [image, count] of counts) {
      expect(count).toBeGreaterThan(15);
      expect(
        image
          .split(",")
          .map(Number)
          .toSorted((a, b) => a - b),
      ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(image.split(",")[4]).toBe("5");
    }
    expect(() => randomOrientation(key(0), uniform(key(1), [1, 3, 4, 1]))).toThrow(/square/);
  });
});

describe("randomBlur", () => {
  it("is one decision for the batch, about one time in ten", () => {
    const x = uniform(key(1), [3, 5, 5, 1]);
    const [sharp, smooth] = interpret([x, gaussianFilter(x, 3, 1.5)]) as [Float64Array, Float64Array];
    const results = Array.from({ length: 200 }, (_, i) => values(randomBlur(key(i), x)).join());
    const blurred = results.filter((result) => result === smooth.join()).length;
    expect(results.filter((result) => result === sharp.join()).length).toBe(200 - blurred);
    expect(blurred).toBeGreaterThan(8);
    expect(blurred).toBeLessThan(36);
  });
});

describe("randomResizedCrop", () => {
  const extents = { batch: 2000, height: 48, width: 48 };

  it("draws rectangles within the image, with the areas and ratios asked for", () => {
    const { top, left, height, width } = drawRectangles(key(6), extents);
    const [y, x, h, w] = interpret([top, left, height, width]) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let [smallest, largest, flat, wide] = [1, 0, 1, 1];
    for (let n = 0; n < extents.batch; n++) {
      expect(Number.isInteger(y[n]) && Number.isInteger(x[n])).toBe(true);
      expect(Math.min(y[n]!, x[n]!)).toBeGreaterThanOrEqual(0);
      expect(Math.max(y[n]! + h[n]!, x[n]! + w[n]!)).toBeLessThanOrEqual(48);
      const area = (h[n]! * w[n]!) / 48 ** 2;
      [smallest, largest] = [Math.min(smallest, area), Math.max(largest, area)];
      [flat, wide] = [Math.min(flat, w[n]! / h[n]!), Math.max(wide, w[n]! / h[n]!)];
    }
    expect(smallest).toBeGreaterThan(0.07);
    expect(smallest).toBeLessThan(0.1);
    expect(largest).toBeGreaterThan(0.9);
    // Sides are rounded to whole pixels.
    expect(flat).toBeGreaterThan(0.7);
    expect(flat).toBeLessThan(0.8);
    expect(wide).toBeGreaterThan(1.25);
    expect(wide).toBeLessThan(1.43);
  });

  it("enlarges the rectangle with aligned corners", () => {
    const size = 12;
    // y + 100 x: linear interpolation reproduces it exactly.
    const ramp = tensor(
      Float32Array.from({ length: 4 * size * size }, (_, i) => {
        const pixel = i % (size * size);
        return Math.floor(pixel / size) + 100 * (pixel % size);
      }),
      { shape: [4, size, size, 1] },
    );
    const { top, left, height, width } = drawRectangles(key(7), { batch: 4, height: size, width: size });
    const [data, y, x, h, w] = interpret([randomResizedCrop(key(7), ramp), top, left, height, width]) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let n = 0; n < 4; n++) {
      const image = imageOf(data, n, size);
      for (const i of [0, 3, 11]) {
        for (const j of [0, 5, 11]) {
          const expected = y[n]! + (i * (h[n]! - 1)) / 11 + 100 * (x[n]! + (j * (w[n]! - 1)) / 11);
          expect(image[i]![j]).toBeCloseTo(expected, 9);
        }
      }
    }
  });

  it("keeps the image where it is the whole", () => {
    const x = uniform(key(1), [2, 6, 6, 2]);
    const options = { scale: [0.95, 0.95], ratio: [1, 1] } as const;
    // No trial is smaller than the image: a side of 5.85 is 6 pixels.
    const [found, expected] = interpret([randomResizedCrop(key(2), x, options), x]);
    found!.forEach((value, i) => {
      expect(value).toBeCloseTo(expected![i]!, 9);
    });
  });
});

describe("randomShift", () => {
  it.each(["zero", "reflect"] as const)("moves whole pixels, border %s", (border) => {
    // An eighth of 36 is 4.5, which rounds to 5, and a ninth is 4.
    const [size, middle, most] = [36, 18, 5];
    const data = values(randomShift(key(8), numbered(64, size), { border }));
    const shifts = new Set<number>();
    for (let n = 0; n < 64; n++) {
      const image = imageOf(data, n, size);
      const source = image[middle]![middle]! - 1;
      const [dy, dx] = [Math.floor(source / size) - middle, (source % size) - middle];
      expect(Math.max(Math.abs(dy), Math.abs(dx))).toBeLessThanOrEqual(most);
      shifts.add(dy).add(dx);
      const inside = (i: number): number | undefined => {
        if (i >= 0 && i < size) return i;
        return border === "zero" ? undefined : i < 0 ? -i : 2 * (size - 1) - i;
      };
      image.forEach((row, y) => {
        row.forEach((value, x) => {
          const [sy, sx] = [inside(y + dy), inside(x + dx)];
          expect(value).toBe(sy === undefined || sx === undefined ? 0 : sy * size + sx + 1);
        });
      });
    }
    expect([...shifts].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 2 * most + 1 }, (_, i) => i - most),
    );
  });
});

describe("cutout", () => {
  it.each([
    [0.5, 8, 4],
    [0.25, 12, 3],
  ])("ratio %d of %i pixels covers a square of %i, part of it outside at the border", (ratio, size, side) => {
    const x = mul(uniform(key(1), [128, size, size, 2], { low: 1, high: 2 }), 1);
    const [data, source] = interpret([cutout(key(9), x, ratio), x]) as [Float64Array, Float64Array];
    const counts: number[] = [];
    for (let n = 0; n < 128; n++) {
      const start = n * size * size * 2;
      let covered = 0;
      for (let i = 0; i < size * size; i++) {
        const [a, b] = [data[start + 2 * i]!, data[start + 2 * i + 1]!];
        expect(a === 0).toBe(b === 0);
        if (a === 0) covered++;
        else expect(a).toBe(source[start + 2 * i]);
      }
      counts.push(covered);
    }
    expect(Math.max(...counts)).toBe(side * side);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.min(...counts)).toBeLessThan(side * side);
  });
});

describe("randomExposure", () => {
  it("is a gain about the black level and an offset, the same for both channels", () => {
    const x = tensor([-1, -1, 0, 0, 1, 1], { shape: [1, 1, 3, 2] });
    for (let seed = 0; seed < 50; seed++) {
      const [black, , middle, , white, second] = [...values(randomExposure(key(seed), x))] as number[];
      const gain = middle! - black!;
      expect(gain).toBeGreaterThan(0.8 - 1e-6);
      expect(gain).toBeLessThan(1.25 + 1e-6);
      expect(Math.abs(black! + 1)).toBeLessThanOrEqual(0.1 + 1e-6);
      expect(white! - middle!).toBeCloseTo(gain, 9);
      expect(second).toBe(white);
    }
  });
});

describe("randomNoise", () => {
  const [size, images] = [64, 6];
  /** Alternating columns of -0.5 and 0.5 in the first channel, 0.3 in the second. */
  const x = tensor(
    Float32Array.from({ length: images * size * size * 2 }, (_, i) =>
      i % 2 === 1 ? 0.3 : ((i >> 1) % 2) - 0.5,
    ),
    { shape: [images, size, size, 2] },
  );
  const noise = (gain: number, offset: number): Tensor =>
    tensor(Array.from({ length: images }, () => [gain, offset]).flat(), { shape: [images, 2] });
  /** Variance of the noise added to the dark and to the bright columns of an image. */
  const variances = (data: ArrayLike<number>, image: number): [number, number] => {
    const sums: [number, number] = [0, 0];
    for (let i = 0; i < size * size; i++) {
      sums[i % 2 === 0 ? 0 : 1] += (data[2 * (image * size * size + i)]! - ((i % 2) - 0.5)) ** 2;
    }
    return [(2 * sums[0]) / size ** 2, (2 * sums[1]) / size ** 2];
  };

  it("adds noise that grows with the signal as the model says, in another amount to each image", () => {
    const data = values(randomNoise(key(4), x, noise(0.02, 0.03)));
    const amounts = Array.from({ length: images }, (_, image) => {
      const [dark, bright] = variances(data, image);
      // 0.02 (-0.5) + 0.03 against 0.02 0.5 + 0.03
      expect(bright / dark).toBeGreaterThan(1.7);
      expect(bright / dark).toBeLessThan(2.3);
      return bright / 0.04;
    });
    for (const amount of amounts) expect(amount).toBeLessThan(1.1);
    expect(Math.max(...amounts) - Math.min(...amounts)).toBeGreaterThan(0.2);
  });

  it("leaves other channels, and pixels whose variance is below 0, as they are", () => {
    const data = values(randomNoise(key(4), x, noise(0.02, -0.005)));
    const before = values(x);
    data.forEach((value, i) => {
      const bright = i % 2 === 0 && (i >> 1) % 2 === 1;
      if (!bright) expect(value).toBe(before[i]);
    });
    expect(variances(data, 0)[1]).toBeGreaterThan(0);
    expect(() => randomNoise(key(4), x, tensor([1, 2]))).toThrow(/expected noise \[6,2\], .*got \[2\]/);
  });
});

describe("drawView", () => {
  it.each(augmentationNames)(
    "%s: same key same view, other keys other views, the shape stays",
    async (name) => {
      const x = uniform(key(1), [3, 16, 16, 2], { low: -1, high: 1 });
      const noise = tensor([0.1, 0.2, 0, 0.1, 0.1, -0.05], { shape: [3, 2] });
      const [a, b, c] = interpret([
        drawView(name, key(1), x, noise),
        drawView(name, key(1), x, noise),
        drawView(name, key(2), x, noise),
      ]);
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
      expect(drawView(name, key(1), x, noise).shape).toEqual(x.shape);
      const onDevice = drawView(name, key(1), uniform(key(1), [3, 16, 16, 2], { low: -1, high: 1 }), noise);
      await evaluate(onDevice);
      const found = await onDevice.data();
      a!.forEach((value, i) => {
        expect(found[i]).toBeCloseTo(value, 4);
      });
    },
  );

  it("the unresampled views keep the grey values of pixels up to an affine map", () => {
    const x = numbered(1, 16);
    const data = values(drawView("unresampled", key(3), mul(x, 1 / 256)));
    const found = [...new Set(data)].filter((value) => value !== 0).toSorted((a, b) => a - b);
    const steps = found.slice(1).map((value, i) => value - found[i]!);
    const step = Math.min(...steps);
    for (const difference of steps) {
      expect(difference / step).toBeCloseTo(Math.round(difference / step), 6);
    }
  });
});

describe("diffAugment", () => {
  const x = uniform(key(1), [4, 8, 8, 2], { low: -1, high: 1 });
  const mean = (data: Float64Array): number => data.reduce((sum, value) => sum + value, 0) / data.length;
  const sampleOf = (data: Float64Array, n: number): Float64Array => data.slice(n * 128, (n + 1) * 128);

  it("does nothing without policies", () => {
    expect(diffAugment([], key(1), x)).toBe(x);
  });

  it("brightness adds, contrast scales about the mean, saturation about the channels' mean", () => {
    const [source, bright, contrast, saturated] = interpret([
      x,
      diffAugment(["brightness"], key(2), x),
      diffAugment(["contrast"], key(2), x),
      diffAugment(["saturation"], key(2), x),
    ]) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const added = new Set<number>();
    for (let n = 0; n < 4; n++) {
      const [s, b, c, t] = [source, bright, contrast, saturated].map((data) => sampleOf(data, n)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const offset = b[0]! - s[0]!;
      added.add(offset);
      expect(Math.abs(offset)).toBeLessThanOrEqual(0.5);
      const centre = mean(s);
      const factor = (c[0]! - centre) / (s[0]! - centre);
      expect(factor).toBeGreaterThan(0.5 - 1e-9);
      expect(factor).toBeLessThan(1.5);
      const between = (t[0]! - t[1]!) / (s[0]! - s[1]!);
      expect(between).toBeGreaterThan(-1e-9);
      expect(between).toBeLessThan(2);
      s.forEach((value, i) => {
        expect(b[i]! - value).toBeCloseTo(offset, 9);
        expect(c[i]).toBeCloseTo(centre + factor * (value - centre), 9);
        const pair = (s[i - (i % 2)]! + s[i - (i % 2) + 1]!) / 2;
        expect(t[i]).toBeCloseTo(pair + between * (value - pair), 9);
      });
    }
    expect(added.size).toBe(4);
  });

  it("is linear in the image but for brightness, and differentiable with all policies", () => {
    const linear = diffAugmentPolicies.filter((policy) => policy !== "brightness");
    checkAdjoint((image: Tensor) => diffAugment(linear, key(3), image), [x]);
    checkGradients((image: Tensor) => diffAugment(diffAugmentPolicies, key(3), image), [x], { order: 1 });
  });
});
