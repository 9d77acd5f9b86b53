import { counterRandom } from "../image/counterRandom.js";
import { fromFunction } from "../image/fromFunction.js";
import type { Image } from "../image/image.js";
import { renderScene } from "./renderScene.js";

export interface SimulateOptions {
  /** Integer >= 0; the same seed gives the same images. */
  readonly seed?: number;
  /** Side of the square images, pixels. */
  readonly size?: number;
  /** Number of fields of view. */
  readonly scenes?: number;
  /** Number of noisy captures of each field. */
  readonly frames?: number;
  /** Expected photons per pixel and capture in the bright structures (percentile 99.9 of the clean image). */
  readonly photons?: number;
  /** Standard deviation of the camera's read noise, electrons. */
  readonly readNoise?: number;
  /** Grey values per electron. */
  readonly gain?: number;
  /** Grey value without light. */
  readonly offset?: number;
}

/** One field of view: its captures and the truth in the same grey values. */
export interface SimulatedScene {
  readonly name: string;
  readonly noisy: readonly Image<"uint16">[];
  /** The expectation of the captures. */
  readonly clean: Image<"float32">;
}

/**
 * Simulates fluorescence microscopy with known truth: filaments and nuclei (`renderScene`) on a camera with Poisson
 * shot noise and Gaussian read noise, `grey = round(offset + gain (Poisson(photons) + N(0, readNoise)))` in uint16.
 */
export function simulateScenes({
  seed = 0,
  size = 256,
  scenes = 12,
  frames = 4,
  photons = 30,
  readNoise = 3,
  gain = 8,
  offset = 100,
}: SimulateOptions = {}): SimulatedScene[] {
  return Array.from({ length: scenes }, (_, scene) => {
    const picture = renderScene(seed, scene, size);
    const expected = picture.data.map((relative) => photons * relative);
    const noisy = Array.from({ length: frames }, (_, frame): Image<"uint16"> => {
      const random = counterRandom(seed, scene, 1, frame);
      const data = new Uint16Array(expected.length);
      for (let i = 0; i < data.length; i++) {
        const electrons = random.poisson(expected[i]!) + readNoise * random.normal();
        data[i] = Math.min(65535, Math.max(0, Math.round(offset + gain * electrons)));
      }
      return { width: size, height: size, dtype: "uint16", data };
    });
    const clean = fromFunction(new Float32Array(expected.length), (i) => offset + gain * expected[i]!);
    return {
      name: `scene${String(scene).padStart(2, "0")}`,
      noisy,
      clean: { width: size, height: size, dtype: "float32", data: clean },
    };
  });
}
