import { counterRandom, InputError, type Plane, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import { checkNoiseLine } from "../../src/data/checkNoiseLine.js";

const side = 64;

/** A slope from 100 to 163 grey values with noise of a standard deviation of 5, or none. */
function image(deviation = 5): { name: string; page: ReturnType<typeof pageInMemory> } {
  const { normal } = counterRandom(1);
  const plane: Plane = {
    ...{ width: side, height: side },
    data: Float32Array.from({ length: side * side }, (_, i) => 100 + (i % side) + deviation * normal()),
  };
  return { name: "image.tif", page: pageInMemory(plane) };
}

test("refuses a line that is 0 where half of an image is, and says what to do", async () => {
  const noise = { gain: 2, offset: -400 };
  await expect(checkNoiseLine(noise, image())).rejects.toThrow(InputError);
  await expect(checkNoiseLine(noise, image())).rejects.toThrow(
    /^the noise model has no noise at 13\d\.\d grey values \(its line, gain 2\.000 and offset -400\.0, is at 0 below 200\.0\), where half of image\.tif is darker and its noise seems to be [45]\.\d+: the result would be wrong; measure the noise with the camera settings of the images, black level included, or leave the model out$/,
  );
});

test("refuses a line that is no number there", async () => {
  await expect(checkNoiseLine({ gain: 1e307, offset: 0 }, image())).rejects.toThrow(
    /says nothing that is a number at the grey values of image\.tif/,
  );
});

test("allows a line that is 0 in the dark alone, and one of an image without noise", async () => {
  await checkNoiseLine({ gain: 2, offset: -240 }, image());
  await checkNoiseLine({ gain: 2, offset: -400 }, image(0));
  await checkNoiseLine({ gain: 0, offset: 25 }, image());
});
