import { grad } from "@clidim/autograd";
import {
  add,
  full,
  key,
  matmul,
  mul,
  reshape,
  type Shape,
  sigmoid,
  sign,
  sizeOf,
  type Tensor,
  tanh,
  tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { extent, seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases, type GradientCase } from "@clidim/testing/checkCases";
import {
  awayFromZero,
  betweenDistinct,
  bools,
  distinct,
  indices,
  normal,
  positive,
} from "@clidim/testing/fills";
import { functionsIn } from "@clidim/testing/functionsIn";
import { settled } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { infoNce } from "../../src/contrastive/infoNce.js";
import { l2Normalize } from "../../src/contrastive/l2Normalize.js";
import { ntXent } from "../../src/contrastive/ntXent.js";
import { pairLoss } from "../../src/contrastive/pairLoss.js";
import { patchNce } from "../../src/contrastive/patchNce.js";
import { projectionHead } from "../../src/contrastive/projectionHead.js";
import { supCon } from "../../src/contrastive/supCon.js";
import { type ContrastiveChoice, contrastiveDefaults } from "../../src/contrastiveChoice.js";
import { dssim, ssimMap } from "../../src/losses/dssim.js";
import { ganLoss, ganLosses, ganLossNames } from "../../src/losses/ganLoss.js";
import { gaussianFilter } from "../../src/losses/gaussianFilter.js";
import { gradientPenalty } from "../../src/losses/gradientPenalty.js";
import { l1Loss } from "../../src/losses/l1Loss.js";
import { lowestMean } from "../../src/losses/lowestMean.js";
import { msSsim } from "../../src/losses/msSsim.js";
import { psnrLoss } from "../../src/losses/psnrLoss.js";
import { r1Penalty } from "../../src/losses/r1Penalty.js";
import { totalVariation } from "../../src/losses/totalVariation.js";

type Cases = fc.Arbitrary<GradientCase>;

/** Values in (0, 1), as images have them. */
const image = (shape: Shape, seed: number): Tensor => settled(sigmoid(normal(shape, seed)));

/** An image that resembles `like`. */
const similar = (like: Tensor, seed: number): Tensor =>
  settled(add(mul(like, 0.8), mul(image(like.shape, seed), 0.2)));

const small = fc.integer({ min: 1, max: 3 });

/** Shapes [N,H,W,C] with H and W of at least `least`. */
const images = (least: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.nat(3), fc.nat(3), fc.integer({ min: 1, max: 2 }))
    .map(([batch, below, beside, channels]) => [batch, least + below, least + beside, channels]);

/** Options of a window, and images with room for it. */
const windows = (
  room: (window: number) => number,
): fc.Arbitrary<{ options: WindowOptions; shape: number[] }> =>
  fc
    .record({
      window: fc.constantFrom(1, 3, 5),
      sigma: fc.constantFrom(0.8, 1.5),
      range: fc.constantFrom(1, 2),
    })
    .chain((options) => images(room(options.window)).map((shape) => ({ options, shape })));

interface WindowOptions {
  readonly window: number;
  readonly sigma: number;
  readonly range: number;
}

/** Of an embedding. A vector of one element is constant once it has been normalised, and its gradient nothing but rounding. */
const dimensions = fc.integer({ min: 2, max: 4 });

/** Functions of two embeddings [N,D]. */
const embedded = <Options extends object>(
  name: string,
  loss: (a: Tensor, b: Tensor, options: Options) => Tensor,
  options: (n: number, seed: number) => fc.Arbitrary<Options>,
): Cases =>
  fc.tuple(extent, dimensions, seeds).chain(([n, d, seed]) =>
    options(n, seed).map((options) => ({
      name: `${name} ${JSON.stringify(options)}`,
      f: (a: Tensor, b: Tensor) => loss(a, b, options),
      inputs: [awayFromZero([n, d], seed), awayFromZero([n, d], seed + 1)],
    })),
  );

const similarity = { temperature: fc.constantFrom(0.5, 1), l2norm: fc.boolean() };

const pairOptions = (
  n: number,
  seed: number,
): fc.Arbitrary<{ temperature: number; l2norm: boolean; exclude?: Tensor }> =>
  fc
    .tuple(fc.record(similarity), fc.boolean())
    .map(([options, some]) => ({ ...options, ...(some && { exclude: bools([n, n], seed + 2) }) }));

/** Every function of the losses and of contrastive learning; of those without a gradient, why. */
const cases: Readonly<Record<string, Cases | string>> = {
  l1Loss: fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
    name: "l1Loss",
    f: l1Loss,
    inputs: [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
  })),
  ssimMap: fc
    .tuple(
      windows((window) => (window + 1) / 2),
      fc.boolean(),
      seeds,
    )
    .map(([{ options, shape }, unbiased, seed]) => ({
      name: `ssimMap ${JSON.stringify({ ...options, unbiased })}`,
      // A window of one pixel has no sample moments.
      f: (x: Tensor, y: Tensor) => ssimMap(x, y, { ...options, unbiased: unbiased && options.window > 1 }),
      inputs: [image(shape, seed), image(shape, seed + 1)],
    })),
  dssim: fc
    .tuple(
      windows((window) => (window + 1) / 2),
      seeds,
    )
    .map(([{ options, shape }, seed]) => ({
      name: `dssim ${JSON.stringify(options)}`,
      f: (x: Tensor, y: Tensor) => dssim(x, y, options),
      inputs: [image(shape, seed), image(shape, seed + 1)],
    })),
  msSsim: fc
    .tuple(fc.constantFrom([1], [0.4, 0.6]), fc.constantFrom(1, 2), seeds)
    .chain(([weights, range, seed]) =>
      images(2 * 2 ** (weights.length - 1) + 1).map((shape) => {
        const options = { window: 3, sigma: 1.2, range, weights };
        const x = image(shape, seed);
        return {
          name: `msSsim ${JSON.stringify(options)}`,
          f: (a: Tensor, b: Tensor) => msSsim(a, b, options),
          inputs: [x, similar(x, seed + 1)],
        };
      }),
    ),
  psnrLoss: fc.tuple(shapes(), fc.constantFrom(1, 2), seeds).map(([shape, range, seed]) => {
    const y = image(shape, seed);
    return {
      name: `psnrLoss {"range":${range}}`,
      f: (a: Tensor, b: Tensor) => psnrLoss(a, b, { range }),
      // At least 0.02 apart, and less than the range.
      inputs: [settled(add(y, mul(tanh(awayFromZero(shape, seed + 1)), 0.2))), y],
    };
  }),
  totalVariation: fc
    .tuple(images(2), fc.constantFrom("sum" as const, "mean" as const), seeds)
    .map(([shape, reduction, seed]) => ({
      name: `totalVariation {"reduction":"${reduction}"}`,
      f: (x: Tensor) => totalVariation(x, { reduction }),
      inputs: [distinct(shape, seed)],
    })),
  gaussianFilter: fc
    .tuple(fc.constantFrom(1, 3, 5), fc.constantFrom("reflect" as const, "none" as const), seeds)
    .chain(([size, border, seed]) =>
      images(size).map((shape) => ({
        name: `gaussianFilter, size ${size}, border ${border}`,
        f: (x: Tensor) => gaussianFilter(x, size, 1.2, border),
        inputs: [normal(shape, seed)],
      })),
    ),
  gaussianWindow: "numbers",
  smallestMsSsimSide: "a number",

  ganLosses: fc
    .tuple(shapes(), fc.boolean(), fc.constantFrom(...ganLossNames), seeds)
    .map(([shape, real, mode, seed]) => ({
      name: `ganLosses, real ${real}, ${mode}`,
      f: (logits: Tensor) => ganLosses(logits, real, mode),
      inputs: [distinct(shape, seed)],
    })),
  ganLoss: fc
    .tuple(shapes(), fc.boolean(), fc.constantFrom(...ganLossNames), seeds)
    .map(([shape, real, mode, seed]) => ({
      name: `ganLoss, real ${real}, ${mode}`,
      f: (logits: Tensor) => ganLoss(logits, real, mode),
      inputs: [distinct(shape, seed)],
    })),
  lowestMean: fc
    .tuple(shapes(1, 3), fc.constantFrom(0.01, 0.5, 0.6, 1), fc.constantFrom(...ganLossNames), seeds)
    .map(([shape, fraction, mode, seed]) => ({
      name: `lowestMean of ganLosses, fraction ${fraction}, ${mode}`,
      f: (logits: Tensor) => lowestMean(ganLosses(logits, true, mode), logits, tensor(fraction)),
      // Apart from each other, so that their order is clear.
      inputs: [distinct(shape, seed)],
    })),
  // Its gradient is a second derivative of the judge, and the gradient of that a third.
  gradientPenalty: fc.tuple(small, shapes(0, 2), small, seeds).map(([batch, inner, hidden, seed]) => {
    const shape = [batch, ...inner, 2];
    const features = sizeOf(shape) / batch;
    return {
      name: `gradientPenalty, ${hidden} hidden units`,
      f: (w: Tensor, v: Tensor, real: Tensor, fake: Tensor) =>
        gradientPenalty(
          (x) => matmul(tanh(matmul(reshape(x, [batch, features]), w)), v),
          key(seed),
          real,
          fake,
        ),
      inputs: [
        // Weights of one sign, and images in which tanh does not level off: the judge's gradient is not near 0, where its length has a kink.
        positive([features, hidden], seed),
        positive([hidden, 1], seed + 1),
        settled(mul(normal(shape, seed + 2), 0.2)),
        settled(mul(normal(shape, seed + 3), 0.2)),
      ],
    };
  }),

  r1Penalty: fc.tuple(small, shapes(0, 2), small, seeds).map(([batch, inner, hidden, seed]) => {
    const shape = [batch, ...inner, 2];
    const features = sizeOf(shape) / batch;
    return {
      name: `r1Penalty, ${hidden} hidden units`,
      f: (w: Tensor, v: Tensor, real: Tensor) =>
        r1Penalty((x) => matmul(tanh(matmul(reshape(x, [batch, features]), w)), v), real),
      inputs: [
        normal([features, hidden], seed),
        normal([hidden, 3], seed + 1),
        settled(mul(normal(shape, seed + 2), 0.2)),
      ],
    };
  }),

  l2Normalize: fc.tuple(shapes(0, 3), dimensions, seeds).map(([shape, d, seed]) => ({
    name: "l2Normalize",
    f: l2Normalize,
    inputs: [awayFromZero([...shape, d], seed)],
  })),
  infoNce: embedded("infoNce", infoNce, pairOptions),
  ntXent: embedded("ntXent", ntXent, pairOptions),
  pairLoss: embedded(
    "pairLoss",
    (a, b, { same, ...choice }: { same?: Tensor } & Partial<ContrastiveChoice>) =>
      pairLoss({ ...contrastiveDefaults.joint, ...choice }, a, b, same),
    (n, seed) =>
      fc
        .tuple(
          fc.record({
            mode: fc.constantFrom("joint" as const, "supcon" as const),
            loss: fc.constantFrom("infonce" as const, "ntxent" as const),
            ...similarity,
          }),
          fc.boolean(),
        )
        .map(([choice, some]) => ({ ...choice, ...(some && { same: bools([n, n], seed + 2) }) })),
  ),
  supCon: fc
    .tuple(extent, dimensions, fc.record(similarity), fc.boolean(), seeds)
    .map(([n, d, similar, mask, seed]) => {
      const labels = mask ? bools([n, n], seed + 1) : indices([n], 2, seed + 1);
      const options = { ...similar, baseTemperature: 0.7 };
      return {
        name: `supCon ${JSON.stringify(options)} by ${mask ? "mask" : "labels"}`,
        f: (z: Tensor) => supCon(z, labels, options),
        inputs: [awayFromZero([n, d], seed)],
      };
    }),
  patchNce: fc
    .tuple(small, extent, dimensions, fc.record(similarity), seeds)
    .map(([n, places, d, options, seed]) => {
      const keys = awayFromZero([n, places, d], seed + 1);
      return {
        name: `patchNce ${JSON.stringify(options)}`,
        f: (queries: Tensor) => patchNce(queries, keys, options),
        inputs: [awayFromZero([n, places, d], seed)],
      };
    }),
  projectionHead: fc
    .tuple(shapes(0, 2), extent, extent, extent, fc.boolean(), seeds)
    .map(([batch, features, hidden, out, bias, seed]) => {
      const head = projectionHead(features, { hidden, out, slope: 0.2, bias });
      // Each hidden unit has weights of one sign, and the features are positive: no unit is near the kink of its activation.
      const signs = sign(normal([hidden], seed + 1));
      const oneSided = (shape: Shape, of: number): Tensor => settled(mul(positive(shape, seed + of), signs));
      return {
        name: `projectionHead {"hidden":${hidden},"out":${out},"bias":${bias}}`,
        f: (params: Parameters<typeof head.apply>[0]["params"], x: Tensor) =>
          head.apply({ params, stats: {} }, x, { train: true }).output,
        inputs: [
          {
            hidden: {
              weight: oneSided([features, hidden], 2),
              ...(bias && { bias: oneSided([hidden], 3) }),
            },
            activation: {},
            output: {
              weight: normal([hidden, out], seed + 4),
              ...(bias && { bias: normal([out], seed + 5) }),
            },
          },
          positive([...batch, features], seed),
        ],
      };
    }),
  discriminatorFeatures: "a whole discriminator, compared with PyTorch's weight by weight",
  embeddings: "a part of infoNce and ntXent",
  sameCrop: "bools",
};

describe("gradients of the losses on random shapes, to second order", () => {
  for (const [name, arbitrary] of Object.entries(cases)) {
    if (typeof arbitrary !== "string") it(name, () => checkCases(arbitrary));
  }

  it("has cases for every function of the losses and of contrastive learning", async () => {
    const folders = ["../../src/losses/", "../../src/contrastive/"].map(
      (folder) => new URL(folder, import.meta.url),
    );
    const names = (await Promise.all(folders.map(functionsIn))).flatMap((found) => [...found.keys()]);
    expect(Object.keys(cases).sort()).toEqual(names.sort());
  });
});

describe("where there is nothing to gain", () => {
  const gradientOf = (loss: (x: Tensor) => Tensor, x: Tensor): number[] => [
    ...interpret([grad(loss)(x)])[0]!,
  ];
  const x = image([2, 9, 8, 2], 1);

  it("the similarity of an image to itself has no gradient", () => {
    for (const gradient of [
      gradientOf((a) => dssim(a, x), x),
      gradientOf((a) => msSsim(a, x, { window: 3, weights: [0.4, 0.6] }), x),
      gradientOf((a) => l1Loss(a, x), x),
    ]) {
      for (const g of gradient) expect(g).toBeCloseTo(0, 10);
    }
  });

  it("the total variation of a constant image is 0, and has no gradient", () => {
    const constant = full([2, 4, 5, 2], 0.3);
    expect(interpret([totalVariation(constant)])[0]![0]).toBe(0);
    for (const g of gradientOf(totalVariation, constant)) expect(g).toBe(0);
  });
});
