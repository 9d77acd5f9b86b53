import { counterRandom, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import { unlikePages } from "../../src/noiseLikelihood/unlikePages.js";

const side = 96;

/** Counts from 40 to 140 electrons with their noise, in so many grey values each. */
function page(seed: number, gain: number) {
  const random = counterRandom(seed, 0);
  const data = Float32Array.from({ length: side * side }, (_, i) => {
    const signal = 90 + 50 * Math.sin((i % side) / 12) * Math.cos(Math.floor(i / side) / 15);
    return gain * random.poisson(signal);
  });
  return pageInMemory({ width: side, height: side, data });
}

const scene = (...gains: readonly number[]) => [
  { name: "stack", noisy: gains.map((gain, k) => page(k, gain)) },
];

test("pages of one camera suit one model of its noise", async () => {
  expect(await unlikePages(scene(3, 3, 3, 3), { gain: 3, offset: 0 })).toBeUndefined();
  // Nor does a model that is wrong for all alike tell that they differ.
  expect(await unlikePages(scene(3, 3), { gain: 30, offset: 0 })).toBeUndefined();
  expect(await unlikePages(scene(3), { gain: 3, offset: 0 })).toBeUndefined();
});

test("pages that were scaled one by one are told, with how much they differ", async () => {
  const sentence = await unlikePages(scene(2, 8, 2), { gain: 4, offset: 0 });
  const [, least, most] = /variance of their noise is ([\d.]+) to ([\d.]+) times what it says/.exec(
    sentence!,
  )!;
  expect(Number(least)).toBeGreaterThan(0.4);
  expect(Number(least)).toBeLessThan(0.6);
  expect(Number(most)).toBeGreaterThan(1.7);
  expect(Number(most)).toBeLessThan(2.4);
});
