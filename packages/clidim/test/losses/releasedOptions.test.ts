import { grad } from "@clidim/autograd";
import { add, input, key, matmul, mul, reshape, sub, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { goldenImages } from "@clidim/testing/goldenImages";
import { describe, expect, it } from "vitest";
import { ssimMap } from "../../src/losses/dssim.js";
import { ganLoss, ganLosses } from "../../src/losses/ganLoss.js";
import { gradientPenalty } from "../../src/losses/gradientPenalty.js";
import { lowestMean } from "../../src/losses/lowestMean.js";
import { msSsim, smallestMsSsimSide } from "../../src/losses/msSsim.js";
import { psnrLoss } from "../../src/losses/psnrLoss.js";
import { r1Penalty } from "../../src/losses/r1Penalty.js";

const value = (x: Tensor): number => interpret([x])[0]![0]!;
const noise = (seed: number, shape: number[]): Tensor => uniform(key(seed), shape);
const golden = goldenImages();
const [x, y] = [input([1, 32, 32, 1], "f32"), input([1, 32, 32, 1], "f32")];
const feeds = new Map([
  [x, golden.x.data],
  [y, golden.y.data],
]);
/** In float64, without rounding the images to f32. */
const goldenValue = (loss: Tensor): number => interpret([loss], feeds)[0]![0]!;

describe("ganLoss", () => {
  const logits = tensor([-2, 0, 0.5, 3]);

  it.each([
    ["lsgan", true, (9 + 1 + 0.25 + 4) / 4],
    ["lsgan", false, (4 + 0 + 0.25 + 9) / 4],
    ["wgangp", true, -1.5 / 4],
    ["wgangp", false, 1.5 / 4],
    ["vanilla", true, 0.8356848819],
  ] as const)("%s, real %s", (mode, real, expected) => {
    expect(value(ganLoss(logits, real, mode))).toBeCloseTo(expected, 8);
    expect(ganLosses(logits, real, mode).shape).toEqual([4]);
  });
});

describe("lowestMean", () => {
  // Two places, four samples.
  const logits = tensor([
    [3, -1],
    [1, 0],
    [2, 5],
    [0, 4],
  ]);
  const losses = tensor([
    [10, 1],
    [20, 2],
    [30, 3],
    [40, 4],
  ]);

  it.each([
    [1, (100 + 10) / 8],
    [0.5, (40 + 20 + 1 + 2) / 4],
    // ceil(0.6 * 4) = 3 of each place
    [0.6, (40 + 20 + 30 + 1 + 2 + 4) / 6],
    [0.01, (40 + 1) / 2],
  ])("keeps the part %d with the lowest logits, place by place", (fraction, expected) => {
    expect(value(lowestMean(losses, logits, tensor(fraction)))).toBeCloseTo(expected, 9);
  });

  it("of equal logits it keeps the first, and gradients reach what is kept", () => {
    const same = tensor([[1], [1], [1]]);
    const gradient = grad((l: Tensor) => lowestMean(l, same, tensor(0.6)))(tensor([[1], [2], [3]]));
    expect([...interpret([gradient])[0]!]).toEqual([0.5, 0.5, 0]);
    expect(() => lowestMean(losses, same, tensor(1))).toThrow(/one shape/);
  });
});

describe("gradientPenalty", () => {
  const [real, fake] = [noise(1, [3, 2, 2, 1]), noise(2, [3, 2, 2, 1])];

  it("is (|w| - 1)^2 for a linear judge", () => {
    const w = tensor([1, 2, -2, 4], { shape: [4, 1] });
    const judge = (image: Tensor): Tensor => matmul(reshape(image, [3, 4]), w);
    expect(value(gradientPenalty(judge, key(0), real, fake))).toBeCloseTo(16, 9);
    expect(value(gradientPenalty((image) => mul(judge(image), 0.2), key(0), real, fake))).toBeCloseTo(0, 9);
  });

  it("looks between the two, at another place for each sample", () => {
    // The gradient of sum(x^2) / 2 is x itself.
    const judge = (image: Tensor): Tensor => mul(mul(image, image), 0.5);
    const [penalty, a, b, share] = interpret([
      gradientPenalty(judge, key(5), real, fake),
      real,
      fake,
      uniform(key(5), [3, 1, 1, 1]),
    ]) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const each = [0, 1, 2].map((n) => {
      const s = share[n]!;
      const between = [0, 1, 2, 3].map((i) => s * a[4 * n + i]! + (1 - s) * b[4 * n + i]!);
      return (Math.hypot(...between) - 1) ** 2;
    });
    expect(new Set(share).size).toBe(3);
    expect(penalty![0]).toBeCloseTo((each[0]! + each[1]! + each[2]!) / 3, 9);
  });
});

describe("r1Penalty", () => {
  const real = noise(1, [3, 2, 2, 1]);

  it("is |w|^2 for a linear judge, and does not grow with the number of logits", () => {
    const w = tensor([1, 2, -2, 4], { shape: [4, 1] });
    const judge = (image: Tensor): Tensor => matmul(reshape(image, [3, 4]), w);
    expect(value(r1Penalty(judge, real))).toBeCloseTo(25, 9);
    // A logit per pixel, each of a gradient of length 2 of its own.
    expect(value(r1Penalty((image) => mul(image, 2), real))).toBeCloseTo(4, 9);
  });

  it("looks at the real images themselves", () => {
    // The gradient of sum(x^2) / 2 is x itself.
    const [penalty, x] = interpret([r1Penalty((image) => mul(mul(image, image), 0.5), real), real]);
    const squares = Array.from(x!, (v) => v * v).reduce((sum, v) => sum + v, 0);
    expect(penalty![0]).toBeCloseTo(squares / (3 * 4), 9);
  });
});

describe("psnrLoss", () => {
  it("is the inverse of the PSNR", () => {
    expect(goldenValue(psnrLoss(x, y))).toBeCloseTo(1 / 23.4876694587, 11);
    expect(goldenValue(psnrLoss(mul(x, 255), mul(y, 255), { range: 255 }))).toBeCloseTo(
      1 / 23.4876694587,
      11,
    );
  });

  it("is small for equal images and falls with the error", () => {
    expect(goldenValue(psnrLoss(x, x))).toBeCloseTo(1 / 120, 9);
    const closer = add(mul(x, 0.5), mul(y, 0.5));
    expect(goldenValue(psnrLoss(x, closer))).toBeLessThan(goldenValue(psnrLoss(x, y)));
    expect(() => psnrLoss(x, noise(1, [1, 4, 4, 1]))).toThrow(/one shape/);
  });
});

describe("unbiased SSIM", () => {
  it("has sample moments: 25/24 of the population's in a flat window of 5", () => {
    const [biased, unbiased] = [false, true].map(
      (flag) => interpret([ssimMap(x, y, { window: 5, sigma: 1e6, unbiased: flag })], feeds)[0]!,
    ) as [Float64Array, Float64Array];
    // In the middle of the image, far from mirrored pixels.
    const at = 16 * 32 + 16;
    const window = (data: Float64Array): number[] =>
      Array.from({ length: 25 }, (_, i) => data[(14 + Math.floor(i / 5)) * 32 + 14 + (i % 5)]!);
    const [a, b] = [window(golden.x.data), window(golden.y.data)];
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const [ma, mb] = [mean(a), mean(b)];
    const similarity = (n: number): number => {
      const moment = (p: number[], q: number[], mp: number, mq: number): number =>
        p.reduce((sum, v, i) => sum + (v - mp) * (q[i]! - mq), 0) / n;
      const [vab, va, vb] = [moment(a, b, ma, mb), moment(a, a, ma, ma), moment(b, b, mb, mb)];
      return (
        ((2 * ma * mb + 1e-4) * (2 * vab + 9e-4)) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4) + 1e-12)
      );
    };
    expect(biased[at]).toBeCloseTo(similarity(25), 9);
    expect(unbiased[at]).toBeCloseTo(similarity(24), 9);
  });
});

describe("msSsim", () => {
  const options = { window: 3, sigma: 1.2, weights: [0.2, 0.3, 0.5] };

  /** In plain loops: one-channel images, valid windows, 2 x 2 means between the scales with zeros around odd sides. */
  function plain(first: Float64Array, second: Float64Array, height: number, width: number): number {
    const half = 1;
    const taps = [-1, 0, 1].map((i) => Math.exp(-(i * i) / (2 * 1.2 ** 2)));
    const total = taps.reduce((sum, v) => sum + v, 0);
    const w = taps.map((v) => v / total);
    let [a, b, h, k] = [first, second, height, width];
    let product = 1;
    options.weights.forEach((weight, scale) => {
      if (scale > 0) {
        const [padY, padX] = [h % 2, k % 2];
        const [newH, newK] = [Math.floor((h + 2 * padY) / 2), Math.floor((k + 2 * padX) / 2)];
        const pooled = (data: Float64Array): Float64Array =>
          Float64Array.from({ length: newH * newK }, (_, p) => {
            const [y0, x0] = [2 * Math.floor(p / newK) - padY, 2 * (p % newK) - padX];
            let sum = 0;
            for (const i of [y0, y0 + 1])
              for (const j of [x0, x0 + 1]) if (i >= 0 && i < h && j >= 0 && j < k) sum += data[i * k + j]!;
            return sum / 4;
          });
        [a, b] = [pooled(a), pooled(b)];
        [h, k] = [newH, newK];
      }
      let [sum, count] = [0, 0];
      for (let i = half; i < h - half; i++) {
        for (let j = half; j < k - half; j++) {
          const over = (f: (p: number) => number): number => {
            let s = 0;
            for (let u = -1; u <= 1; u++)
              for (let v = -1; v <= 1; v++) s += w[u + 1]! * w[v + 1]! * f((i + u) * k + j + v);
            return s;
          };
          const [ma, mb] = [over((p) => a[p]!), over((p) => b[p]!)];
          const va = over((p) => a[p]! ** 2) - ma * ma;
          const vb = over((p) => b[p]! ** 2) - mb * mb;
          const vab = over((p) => a[p]! * b[p]!) - ma * mb;
          const contrast = (2 * vab + 9e-4) / (va + vb + 9e-4);
          const luminance = (2 * ma * mb + 1e-4) / (ma * ma + mb * mb + 1e-4);
          sum += scale === 2 ? luminance * contrast : contrast;
          count++;
        }
      }
      product *= (sum / count) ** weight;
    });
    return product;
  }

  it.each([
    [16, 16],
    [17, 23],
  ])("agrees with plain loops on %i x %i pixels, odd sides included", (height, width) => {
    const a = Float64Array.from({ length: height * width }, (_, i) => 0.5 + 0.4 * Math.sin(i / 3));
    const b = a.map((v, i) => 0.9 * v + 0.05 * Math.cos(i));
    const [p, q] = [input([1, height, width, 1], "f32"), input([1, height, width, 1], "f32")];
    const [found] = interpret(
      [msSsim(p, q, options)],
      new Map([
        [p, a],
        [q, b],
      ]),
    ) as [Float64Array];
    expect(found[0]).toBeCloseTo(plain(a, b, height, width), 10);
  });

  it("is 1 for equal images and averages samples and channels", () => {
    const a = noise(1, [2, 14, 14, 2]);
    const b = add(mul(a, 0.8), mul(noise(2, [2, 14, 14, 2]), 0.2));
    expect(value(msSsim(a, a, options))).toBeCloseTo(1, 9);
    const half = (image: Tensor, n: number, c: number): Tensor => {
      const data = interpret([image])[0]!;
      return tensor(
        Float64Array.from({ length: 196 }, (_, i) => data[(n * 196 + i) * 2 + c]!),
        { shape: [1, 14, 14, 1] },
      );
    };
    const each = [0, 1].flatMap((n) =>
      [0, 1].map((c) => value(msSsim(half(a, n, c), half(b, n, c), options))),
    );
    expect(value(msSsim(a, b, options))).toBeCloseTo(each.reduce((sum, v) => sum + v, 0) / 4, 6);
  });

  it("has a finite gradient where a scale disagrees", () => {
    const b = noise(4, [1, 13, 13, 1]);
    const opposite = grad((p: Tensor) => msSsim(p, sub(1, b), options))(b);
    for (const g of interpret([opposite])[0]!) expect(Number.isFinite(g)).toBe(true);
  });

  it("says which images are too small", () => {
    expect(smallestMsSsimSide()).toBe(161);
    const small = noise(1, [1, 160, 200, 1]);
    expect(() => msSsim(small, small)).toThrow(/at least 161, got \[1,160,200,1\]/);
  });
});
