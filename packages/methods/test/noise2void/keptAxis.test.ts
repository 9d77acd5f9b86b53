import { cropFeed, fitConfigured, resolveConfiguration } from "@clidim/denoise";
import { counterRandom, pageInMemory } from "@clidim/imaging";
import { compile, defaultDevice } from "@clidim/tensor";
import { expect, it } from "vitest";
import { noise2void } from "../../src/noise2void/method.js";

const [side, crop, batch] = [96, 32, 16];
const random = counterRandom(9, 0, 0);

/** Noise alone, each pixel the sum of four values of its row. */
const data = Float32Array.from({ length: side * side }, () => 0);
for (let y = 0; y < side; y++) {
  const white = Array.from({ length: side + 3 }, () => random.integer(1000) / 500 - 1);
  for (let x = 0; x < side; x++) data[y * side + x] = white.slice(x, x + 4).reduce((a, b) => a + b);
}

/** In how many crops of an update pixels have more in common with those below than with those to the right. */
async function alongColumns(structAxis: "none" | "horizontal"): Promise<number> {
  const configuration = resolveConfiguration(noise2void, "laptop", { crop, batch, structAxis });
  const device = await defaultDevice();
  const page = pageInMemory({ width: side, height: side, data });
  const feed = await cropFeed([{ name: "streaked", noisy: [page], averaged: false }], {
    ...{ method: noise2void, configuration, normalization: fitConfigured([{ data }], configuration) },
    ...{ seed: 2, device },
  });
  const { noisy } = await compile(feed.batch, { device })(await feed.order(0));
  const values = await noisy.data();
  const inCommon = (start: number, by: number): number => {
    let sum = 0;
    for (let y = 0; y < crop - 1; y++) {
      for (let x = 0; x < crop - 1; x++) {
        const i = start + y * crop + x;
        sum += values[i]! * values[i + by]!;
      }
    }
    return sum;
  };
  const starts = Array.from({ length: batch }, (_, k) => k * crop ** 2);
  return starts.filter((start) => inCommon(start, crop) > inCommon(start, 1)).length;
}

it("is trained on crops that have the noise along the axis of its masks", async () => {
  expect(await alongColumns("none")).toBeGreaterThan(3);
  expect(await alongColumns("horizontal")).toBe(0);
});
