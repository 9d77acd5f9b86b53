import { counterRandom, measureFrames, type Plane, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import { imagesAgainstNoise } from "../../src/data/imagesAgainstNoise.js";

const size = 64;

/** A slope of light on a camera with a black level of `black` and no other noise than that of photons. */
function capture(photons: number, gain: number, black: number, seed: number): Plane {
  const random = counterRandom(seed);
  const data = Float64Array.from({ length: size * size }, (_, i) => {
    return black + gain * random.poisson((photons * (i % size)) / size);
  });
  return { width: size, height: size, data };
}

const image = (plane: Plane) => [{ name: "image.tif", page: pageInMemory(plane) }];

test("says where images have grey values or noise that the calibration has not", async () => {
  const frames = Array.from({ length: 16 }, (_, i) => pageInMemory(capture(40, 3, 3, i)));
  const noise = await measureFrames([{ name: "slide.tif", frames }]);
  expect(await imagesAgainstNoise(noise, image(capture(40, 3, 3, 99)))).toEqual([]);
  expect(await imagesAgainstNoise(noise, image(capture(20, 3, 3, 99)))).toEqual([]);
  const bright = await imagesAgainstNoise(noise, image(capture(160, 3, 3, 99)));
  expect(bright).toHaveLength(1);
  expect(bright[0]).toMatch(
    /image.tif has grey values from .* to [45]\d\d.* the calibration signals from 3.* to 12\d[.\d]*: of what lies beyond nothing was measured$/,
  );
  const darker = { ...noise, offset: -1e9 };
  expect((await imagesAgainstNoise(darker, image(capture(20, 3, 3, 99)))).join("\n")).toMatch(
    /the calibration has no noise at \d+\.\d+ grey values, where that of .* seems to be \d/,
  );
  const other = await imagesAgainstNoise(noise, image(capture(20, 6, 3, 99)));
  expect(other.join("\n")).toMatch(
    /the noise of image.tif seems to be 1\.[3-5]\d times that of the calibration/,
  );
  // Too small to tell anything.
  const small = { width: 8, height: 8, data: new Uint8Array(64).fill(200) };
  expect(await imagesAgainstNoise(noise, image(small))).toEqual([]);
});
