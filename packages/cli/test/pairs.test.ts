import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const scenes = simulateScenes({ seed: 5, size: 64, scenes: 3, frames: 1, offset: 0 });
const noisy = scenes.map((_, i) => at(`noisy${i}.tif`));
const small = ["--updates", "2", "--batch", "2", "--crop", "32", "--ngf", "2", "--downs", "2"];
const tenfold = ({ width, height, data }: Image<"float32">): Image<"uint16"> => {
  return { width, height, dtype: "uint16", data: Uint16Array.from(data, (value) => 10 * value) };
};

beforeAll(async () => {
  for (const [i, { noisy: pages }] of scenes.entries()) await writeImageFile(noisy[i]!, pages);
  await writeImageFile(
    at("exposed.tif"),
    scenes.map(({ clean }) => tenfold(clean)),
  );
  await writeImageFile(
    at("swapped.tif"),
    [0, 2, 1].map((i) => scenes[i]!.clean),
  );
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  return { code: await main(args, terminal), ...printed };
}
const meanOf = async (path: string): Promise<number> => {
  const { pages } = await readStack(path);
  return Array.from(pages[0]!.data).reduce((sum, value, _, { length }) => sum + value / length, 0);
};

test("trained on ten times longer exposures, results are as bright as the noisy images", async () => {
  const trained = await run(
    ...["train", "--noisy", ...noisy, "--clean", at("exposed.tif"), "--out", at("model"), ...small],
  );
  expect(trained.code).toBe(0);
  expect(trained.err).toMatch(
    /^Note: .*exposed\.tif#0 has other units than .*noisy0\.tif: noisy = 0\.\d+ clean/m,
  );
  const { units } = JSON.parse(readFileSync(at("model/manifest.json"), "utf8")).data;
  expect(units).toHaveLength(3);
  expect(units[2]).toMatchObject({
    noisy: noisy[2],
    clean: `${at("exposed.tif")}#2`,
    scale: expect.closeTo(0.1, 2),
  });
  expect(trained.err).not.toMatch(/both should be in the same grey values/);
  expect((await run("denoise", "--model", at("model"), "--out", at("out"), noisy[0]!)).code).toBe(0);
  const ratio = (await meanOf(at("out/noisy0.tif"))) / (await meanOf(noisy[0]!));
  expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
});

test("evaluate takes clean images in other units, and says so", async () => {
  const judge = (clean: string) =>
    run("evaluate", "--prediction", ...noisy, "--noisy", ...noisy, "--clean", clean, "--json");
  const { code, out, err } = await judge(at("exposed.tif"));
  expect(code).toBe(0);
  expect(err).toMatch(/^Note: .*exposed\.tif#0 has other units than .*noisy0\.tif/m);
  const { mean } = JSON.parse(out);
  expect(mean.noisy.psnr).toBeGreaterThan(12);
  expect(mean.gain.psnr).toBe(0);
});

test("swapped pages are refused, unless they are forced", async () => {
  const train = ["train", "--noisy", ...noisy, "--clean", at("swapped.tif"), "--out", at("forced"), ...small];
  const { code, err } = await run(...train);
  expect(code).toBe(2);
  expect(err).toMatch(
    /noisy1\.tif and .*swapped\.tif#1 do not show the same: .*swapped\.tif#2 fits .*noisy1\.tif .*are the two swapped\? \(--force\)/,
  );
  const forced = await run(...train, "--force");
  expect(forced.code).toBe(0);
  expect(forced.err).toMatch(/^Note: .*do not show the same/m);
  const judge = ["evaluate", "--prediction", ...noisy, "--clean", at("swapped.tif")];
  expect((await run(...judge)).code).toBe(2);
  expect((await run(...judge, "--force")).code).toBe(0);
});

test("a dropped frame and the border of registered images are left out of a training", async () => {
  const [first] = scenes;
  const { width, height } = first!.clean;
  const floats = (seed: number): Image<"float32"> => {
    const data = Float32Array.from(first!.noisy[0]!.data, (value, i) => value + ((i * 7919 + seed) % 13));
    return { width, height, dtype: "float32", data };
  };
  const black: Image<"float32"> = { width, height, dtype: "float32", data: new Float32Array(width * height) };
  const border = floats(5);
  for (let i = 0; i < border.data.length; i++) if (i % width < 4) border.data[i] = Number.NaN;
  await writeImageFile(at("movie.tif"), [floats(1), black, border]);
  await writeImageFile(at("one.tif"), [first!.clean]);
  const options = ["--noisy", at("movie.tif"), "--clean", at("one.tif"), "--out", at("left")];
  const { code, err } = await run("train", ...options, ...small);
  expect(code, err).toBe(0);
  expect(err).toMatch(/^Note: .*movie\.tif#1 is blank \(every pixel is 0\) and left out$/m);
  expect(err).toMatch(/^Note: .*the part without any is used, 60 x 64 pixels at x 4, y 0$/m);
});
