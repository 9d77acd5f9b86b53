import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { Device, setDefaultDevice, type Tensor } from "@clidim/tensor";
import { describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import {
  largestTile,
  programBytes,
  ROWS_BYTES,
  SMALL_PAGE,
  sharedMultiple,
  TILE_BYTES,
  type TiledNetwork,
} from "../../src/inference/largestTile.js";
import type { MethodVariables } from "../../src/protocol/method.js";

const noise2void = methods.trainedNamed("noise2void");

/** The network of a configuration of CLIDiM. */
function generator(overrides: Record<string, number>): TiledNetwork {
  const configuration = resolveConfiguration(clidim, "laptop", overrides);
  const apply = clidim.apply(configuration);
  return {
    geometry: clidim.geometry(configuration),
    channels: 1,
    trace: (variables: MethodVariables, x: Tensor) => apply(variables, x),
    variables: clidim.template(configuration),
  };
}

function blindSpots(overrides: Record<string, string | number>): TiledNetwork {
  const configuration = resolveConfiguration(noise2void, "laptop", overrides);
  const apply = noise2void.apply(configuration);
  return {
    geometry: noise2void.geometry(configuration),
    channels: 1,
    trace: (variables: MethodVariables, x: Tensor) => apply(variables, x),
    variables: noise2void.template(configuration),
  };
}

const small = { width: 2048, height: 2048 };
const large = { width: 16384, height: 16384 };

const networks: readonly (readonly [string, () => TiledNetwork])[] = [
  ["a generator of 4 channels", () => generator({ ngf: 4 })],
  ["one of 16", () => generator({ ngf: 16 })],
  ["one of 64", () => generator({ ngf: 64 })],
  ["a U-Net of 32 channels at full resolution", () => blindSpots({ network: "n2v", filters: 32 })],
];

describe.each(networks)("tiles of %s", (_name, make) => {
  const network = make();
  const { multiple, bytesPerPixel } = network.geometry;
  const widest = Math.floor(Math.sqrt((128 * 2 ** 20) / bytesPerPixel));

  test("are as large as the widest activation allows on a small page", async () => {
    expect(small.width * small.height).toBe(SMALL_PAGE);
    expect(await largestTile([network], small)).toBe(widest);
  });

  test("take no more on a large one than they may, and nearly that", async () => {
    const side = await largestTile([network], large);
    expect(side % Math.max(64, multiple)).toBe(0);
    expect(2 * 4 * side * large.width).toBeLessThanOrEqual(ROWS_BYTES);
    const least = await programBytes(network, 128);
    expect((await programBytes(network, side)) - least).toBeLessThanOrEqual(TILE_BYTES);
    const next = side + 64;
    const bounds = [
      next > widest,
      2 * 4 * next * large.width > ROWS_BYTES,
      (await programBytes(network, next)) - least > TILE_BYTES,
    ];
    expect(bounds).toContain(true);
  });

  test("do not grow with the page, and are the same in every call", async () => {
    const side = await largestTile([network], large);
    expect(await largestTile([network], { width: large.width, height: 16 * large.height })).toBe(side);
    expect(await largestTile([network], large)).toBe(side);
    expect(
      await largestTile([network], { width: 4 * large.width, height: large.height }),
    ).toBeLessThanOrEqual(side);
  });
});

test("networks of several multiples have tiles of a multiple of all", () => {
  const of = (multiple: number) => ({ geometry: { multiple, bytesPerPixel: 4 } });
  expect(sharedMultiple([of(64)])).toBe(64);
  expect(sharedMultiple([of(4), of(64)])).toBe(64);
  expect(sharedMultiple([of(4), of(6), of(1)])).toBe(12);
});

test("networks that are in memory together, and several images, share what there is", async () => {
  const [one, other] = [generator({ ngf: 16 }), generator({ ngf: 64 })];
  const together = await largestTile([one, other], { width: 4096, height: 4096 });
  for (const network of [one, other]) {
    expect((await programBytes(network, together)) - (await programBytes(network, 128))).toBeLessThanOrEqual(
      TILE_BYTES / 2,
    );
  }
  const side = await largestTile([generator({ ngf: 4 })], large, 8);
  expect(9 * 4 * side * large.width).toBeLessThanOrEqual(ROWS_BYTES);
  expect(await largestTile([generator({ ngf: 4 })], { width: 2 ** 20, height: 2 ** 20 })).toBe(128);
});

test("a value that the adapter does not hold bounds them too", async () => {
  const network = generator({ ngf: 4 });
  const device = await Device.open();
  const less = Object.create(device, { limits: { value: { valueBytes: 2 ** 20 } } }) as Device; // the same, but for its limits
  setDefaultDevice(less);
  try {
    expect(await largestTile([network], small)).toBe(Math.floor(Math.sqrt(2 ** 20 / 8)));
  } finally {
    setDefaultDevice(device);
  }
});

test("a network of a fixed side is planned with that alone", async () => {
  const of = (side: number): TiledNetwork => ({
    geometry: { multiple: side, bytesPerPixel: 16, largest: side },
    channels: 1,
    trace: (_, x) => {
      if (x.shape[1] !== side) throw new Error(`expected ${side}, got ${x.shape[1]}`);
      return x;
    },
    variables: { params: {}, stats: {} },
  });
  for (const side of [48, 64, 200]) {
    expect(await largestTile([of(side)], { width: 2100, height: 2100 })).toBe(side);
  }
});
