import { type Normalization, normalize, type Plane, reflect } from "@clidim/imaging";
import { cast, div, gt, maximum, mean, mul, square, sub, sum, tensor } from "@clidim/tensor";
import { afterEach, expect, test, vi } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { heldLoss } from "../../src/inference/heldLoss.js";
import type { HeldImages } from "../../src/protocol/method.js";
import { fictitious } from "../protocol/fictitious.js";

/** The side of the largest tile that the device is said to take; the true one while undefined. */
const most = vi.hoisted(() => ({ side: undefined as number | undefined }));

vi.mock("../../src/inference/largestTile.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/inference/largestTile.js")>();
  const largestTile: typeof original.largestTile = async (...args) =>
    most.side ?? (await original.largestTile(...args));
  return { largestTile };
});

afterEach(() => {
  most.side = undefined;
});

const method = fictitious("none");
const configuration = resolveConfiguration(method, "plain");
const variables = method.template(configuration);
const normalization: Normalization = {
  mode: "minmax",
  low: 0,
  high: 1,
  lowPercent: 0,
  highPercent: 100,
  bound: 1,
};

/** Looks at the positive values alone, of which it takes the mean, and remembers the shapes that it is given. */
function positiveMean(multiple: number) {
  const shapes: string[] = [];
  const held =
    () =>
    (_variables: unknown, { noisy }: HeldImages) => {
      shapes.push(noisy.shape.join());
      const positive = cast(gt(noisy, 0), "f32");
      const pixels = sum(positive);
      return { loss: div(sum(mul(noisy, positive)), maximum(pixels, 1)), pixels };
    };
  const geometry = () => ({ multiple, bytesPerPixel: 4 });
  return { held: heldLoss({ held, geometry }, configuration, 0)!, shapes };
}

const page = (width: number, height: number, greyOf: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => greyOf(i % width, Math.floor(i / width))),
});

test("sides that the network does not take are mirrored, and nothing is cut off", async () => {
  const { held, shapes } = positiveMean(32);
  const noisy = page(70, 19, (x, y) => ((x * 7 + y * 13) % 17) / 16);
  const values = normalize(noisy.data, normalization);
  const looked: number[] = [];
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 96; x++) looked.push(values[reflect(y, 19) * 70 + reflect(x, 70)]!);
  }
  const positive = looked.filter((value) => value > 0);
  const { loss, pixels } = await held(variables, { noisy }, normalization);
  expect(shapes).toEqual(["1,32,96,1"]);
  expect(pixels).toBe(positive.length);
  expect(loss).toBeCloseTo(positive.reduce((total, value) => total + value, 0) / pixels, 5);
});

test("what is larger than the device takes goes through it in tiles, which count by their pixels", async () => {
  const noisy = page(64, 40, (x) => (x < 40 ? 0 : 0.875));
  const whole = positiveMean(8);
  expect(await whole.held(variables, { noisy }, normalization)).toEqual({ loss: 0.75, pixels: 24 * 40 });
  expect(whole.shapes).toEqual(["1,40,64,1"]);

  most.side = 17;
  const { held, shapes } = positiveMean(8);
  const { loss, pixels } = await held(variables, { noisy }, normalization);
  expect(new Set(shapes)).toEqual(new Set(["1,16,16,1"]));
  // Tiles overlap, and those at the left, of which no pixel counts, do not make it better.
  expect(loss).toBe(0.75);
  expect(pixels).toBeGreaterThanOrEqual(24 * 40);
});

test("another capture is cut into the same tiles", async () => {
  const held =
    () =>
    (_variables: unknown, { noisy, capture }: HeldImages) => ({
      loss: mean(square(sub(noisy, capture!))),
      pixels: tensor(noisy.shape.reduce((product, extent) => product * extent, 1)),
    });
  const geometry = () => ({ multiple: 8, bytesPerPixel: 4 });
  const loss = heldLoss({ held, geometry }, configuration, 0)!;
  const noisy = page(64, 40, (x, y) => ((x * 7 + y * 13) % 16) / 16);
  const capture = page(64, 40, (x, y) => ((x * 7 + y * 13) % 16) / 16 + 0.125);
  for (const side of [undefined, 17]) {
    most.side = side;
    // Network values are twice the grey values.
    expect((await loss(variables, { noisy, capture }, normalization)).loss).toBeCloseTo(0.25 ** 2, 6);
  }
});

test("where no pixel counts, none is said to", async () => {
  const { held } = positiveMean(8);
  const dark = page(24, 24, () => 0);
  expect(await held(variables, { noisy: dark }, normalization)).toEqual({ loss: 0, pixels: 0 });
  most.side = 8;
  expect(await held(variables, { noisy: dark }, normalization)).toEqual({ loss: 0, pixels: 0 });
});

test("methods that are judged by clean images have none", () => {
  expect(heldLoss(fictitious("clean"), configuration, 0)).toBeUndefined();
});
